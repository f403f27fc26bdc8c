using System.Globalization;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Writes conversations as Llama 3.1 Instruct prompts.</summary>
/// <remarks>
/// <para>
/// Control tokens come from the structure of the conversation only. Whatever a caller supplies (text, roles, tool names, descriptions, schemas, arguments,
/// results, dates) is encoded as ordinary text, so text that looks like a control token stays text.
/// </para>
/// <para>
/// <see cref="ChatOptions.Instructions"/>, <see cref="ChatOptions.Tools"/> (those that are an <see cref="AIFunctionDeclaration"/>) and
/// <see cref="ChatOptions.ResponseFormat"/> are part of the prompt; tools stay in it whatever the <see cref="ChatOptions.ToolMode"/>.
/// <see cref="ChatMessage.AuthorName"/> is not written: the template has no place for it.
/// Reasoning, usage, approvals, hosted tools' contents and errors other than refusals are left out.
/// </para>
/// <para>Safe for concurrent use. Messages and options are read, never changed; the messages are enumerated once. What a prompt has in common with
/// one encoded shortly before is not encoded again.</para>
/// </remarks>
public sealed class PromptTemplate
{
    private readonly LlamaTokenizer _tokenizer;
    private readonly PromptTemplateOptions _options;
    private readonly GeneratedTurns _generated = new();
    private readonly RecentPrompts _recent = new();

    /// <summary>Creates a template.</summary>
    /// <param name="tokenizer">Encodes the text and knows the ids of the control tokens.</param>
    /// <param name="options">What is written besides the messages; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">A built-in tool has no name, or the mode is not one of <see cref="PromptTemplateMode"/>.</exception>
    public PromptTemplate(LlamaTokenizer tokenizer, PromptTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new PromptTemplateOptions();
        if (!Enum.IsDefined(options.Mode))
        {
            throw new ArgumentException($"{options.Mode} is not a prompt template mode.", nameof(options));
        }

        if (options.BuiltInTools?.Any(string.IsNullOrWhiteSpace) is true)
        {
            throw new ArgumentException("A built-in tool has no name.", nameof(options));
        }

        _tokenizer = tokenizer;
        _options = options;
    }

    /// <summary>Token ids of a conversation, from <c>&lt;|begin_of_text|&gt;</c> (once) to the open assistant turn.</summary>
    /// <param name="messages">The conversation; may be empty, and may hold any roles in any order.</param>
    /// <param name="options">Instructions, tools and response format of the request.</param>
    /// <returns>The ids, ready to be sent: no encoder may add special tokens to them.</returns>
    /// <exception cref="ArgumentException">
    /// A message is missing; a tool has no name, or the name of another; arguments of a call are not a JSON object; a value is nested too deeply.
    /// In <see cref="PromptTemplateMode.Parity"/> also whatever the checkpoint's template refuses: no message at all, several calls in one message.
    /// </exception>
    /// <exception cref="FeatureNotSupportedException">A message or a result holds something other than text; the message names its media type.</exception>
    /// <exception cref="NotSupportedException">An argument or result is of a type that <see cref="AIJsonUtilities.DefaultOptions"/> cannot serialize.</exception>
    public int[] Encode(IEnumerable<ChatMessage> messages, ChatOptions? options = null) =>
        Prepare(messages, options).TokenIds;

    /// <summary>The same prompt for people: control tokens are written out as their text. Not for encoding.</summary>
    /// <param name="messages">The conversation; may be empty, and may hold any roles in any order.</param>
    /// <param name="options">Instructions, tools and response format of the request.</param>
    /// <returns>The prompt as text.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Encode"/>.</exception>
    /// <exception cref="FeatureNotSupportedException">As for <see cref="Encode"/>.</exception>
    /// <exception cref="NotSupportedException">As for <see cref="Encode"/>.</exception>
    public string Render(IEnumerable<ChatMessage> messages, ChatOptions? options = null) =>
        Write(messages, options).Render(_tokenizer);

    /// <summary><see cref="Encode"/>, with the place at which the answer begins.</summary>
    internal EncodedPrompt Prepare(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var segments = Write(messages, options);
        return new EncodedPrompt(segments.Encode(_tokenizer, _recent), segments.Context);
    }

    /// <summary>Remembers an answer, so that the next prompt repeats its tokens.</summary>
    internal void Remember(EncodedPrompt prompt, GeneratedTurn answer) => _generated.Add(prompt.Context, answer);

    private PromptSegments Write(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);

        var segments = new PromptSegments();
        var frame = new PromptFrame(segments, _tokenizer.SpecialTokens, DateText());
        if (_options.Mode == PromptTemplateMode.Parity)
        {
            new ParityPrompt(frame, _options).Write(messages, options);
        }
        else
        {
            new DefaultPrompt(frame, _options, _generated).Write(messages, options);
        }

        return segments;
    }

    private string DateText() => _options.Clock is { } clock
        ? clock.GetLocalNow().ToString("dd MMM yyyy", CultureInfo.InvariantCulture)
        : _options.DateText;
}

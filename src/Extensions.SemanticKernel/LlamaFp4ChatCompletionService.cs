using System.Runtime.CompilerServices;
using LlamaFp4.Extensions.SemanticKernel.ChatCompletion;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;

namespace LlamaFp4.Extensions.SemanticKernel;

/// <summary>Semantic Kernel's chat completion over a chat client.</summary>
/// <remarks>
/// <para>
/// Calls name plugin and function apart, as Semantic Kernel's own connectors do. Functions that are to be invoked are, through the kernel's
/// <see cref="IAutoFunctionInvocationFilter"/>s; calls and results join the history, the answer is left to the caller to add.
/// </para>
/// <para>
/// An answer's <see cref="KernelContent.Metadata"/> holds <c>Id</c>, <c>CreatedAt</c>, <c>Usage</c> (<see cref="UsageDetails"/>, with cached tokens),
/// <c>FinishReason</c> (<c>stop</c>, <c>length</c>, <c>tool_calls</c>), and where there are some <c>LogProbabilities</c> (<see cref="TokenLogProbability"/>) and
/// <c>StopSequence</c>. A buffered answer's usage is the sum over all rounds to the model; in a stream the last part of each round has that round's.
/// </para>
/// <para>
/// Thread-safety: one instance serves any number of requests at once; a <see cref="ChatHistory"/> serves one. Ownership: the client stays its creator's.
/// </para>
/// </remarks>
public sealed class LlamaFp4ChatCompletionService : IChatCompletionService
{
    private readonly IChatClient _client;
    private readonly ToolLoop _toolLoop;
    private readonly string? _serviceId;

    /// <summary>Creates a service. It does not own the client.</summary>
    /// <param name="chatClient">
    /// A client, or a pipeline. One that invokes functions already goes on doing so; any other is put inside the kernel's tool loop.
    /// </param>
    /// <param name="services">Where the tool loop finds a logger factory, and functions their services; <see langword="null"/> for none.</param>
    /// <param name="serviceId">The id to report in <see cref="Attributes"/>; <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="chatClient"/> is <see langword="null"/>.</exception>
    public LlamaFp4ChatCompletionService(IChatClient chatClient, IServiceProvider? services = null, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(chatClient);
        _client = chatClient;
        _toolLoop = new ToolLoop(chatClient, services);
        _serviceId = serviceId;
    }

    /// <summary><c>ModelId</c>, <c>Endpoint</c> and <c>ServiceId</c>, as far as they are known: a model may still be loading.</summary>
    public IReadOnlyDictionary<string, object?> Attributes
    {
        get
        {
            var metadata = _client.GetService<ChatClientMetadata>();
            (string Key, string? Value)[] attributes =
            [
                (AIServiceExtensions.ModelIdKey, metadata?.DefaultModelId),
                (AIServiceExtensions.EndpointKey, metadata?.ProviderUri?.ToString()),
                ("ServiceId", _serviceId),
            ];
            return attributes.Where(attribute => attribute.Value is not null).ToDictionary(attribute => attribute.Key, attribute => (object?)attribute.Value);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A setting cannot be read, or excludes another.</exception>
    /// <exception cref="KernelException">Functions are to be invoked, but there is no kernel, or it lacks one of them.</exception>
    /// <exception cref="LlamaFp4Exception">The engine cannot do what is asked, or failed; the subclass says how.</exception>
    public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chatHistory);
        return AnswerAsync(chatHistory, LlamaFp4PromptExecutionSettings.FromExecutionSettings(executionSettings), kernel, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A call comes whole, as one <see cref="StreamingFunctionCallUpdateContent"/>; <see cref="FunctionCallContentBuilder"/> makes a <c>FunctionCallContent</c> of
    /// it. By the first text after a call, the call and its result are in the history.
    /// </remarks>
    /// <exception cref="ArgumentException">A setting cannot be read, or excludes another.</exception>
    /// <exception cref="KernelException">Functions are to be invoked, but there is no kernel, or it lacks one of them.</exception>
    /// <exception cref="LlamaFp4Exception">The engine cannot do what is asked, or failed; the subclass says how.</exception>
    public IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chatHistory);
        return StreamAsync(chatHistory, LlamaFp4PromptExecutionSettings.FromExecutionSettings(executionSettings), kernel, cancellationToken);
    }

    private async Task<IReadOnlyList<ChatMessageContent>> AnswerAsync(
        ChatHistory history, LlamaFp4PromptExecutionSettings settings, Kernel? kernel, CancellationToken cancellationToken)
    {
        var client = _toolLoop.For(settings, history, kernel);
        var options = settings.CreateChatOptions(kernel);
        ChatMessages messages = new(new FunctionNames(options.Tools));

        var response = await client.GetResponseAsync(ChatMessages.From(history), options, cancellationToken).ConfigureAwait(false);

        foreach (var message in response.Messages.SkipLast(1))
        {
            history.Add(messages.ToContent(message));
        }

        return [.. response.Messages.TakeLast(1).Select(message => messages.ToContent(message, response))];
    }

    private async IAsyncEnumerable<StreamingChatMessageContent> StreamAsync(
        ChatHistory history, LlamaFp4PromptExecutionSettings settings, Kernel? kernel, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var client = _toolLoop.For(settings, history, kernel);
        var options = settings.CreateChatOptions(kernel);
        StreamedRounds rounds = new(history, new FunctionNames(options.Tools));

        await foreach (var update in client.GetStreamingResponseAsync(ChatMessages.From(history), options, cancellationToken).ConfigureAwait(false))
        {
            if (rounds.Append(update) is { } content)
            {
                yield return content;
            }
        }
    }
}

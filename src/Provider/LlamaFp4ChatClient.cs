using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Provider.Decoding;
using LlamaFp4.Provider.Prompting;
using LlamaFp4.Provider.ToolCalling;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Provider;

/// <summary>A chat client over a token session: Llama 3.1 prompts in, streamed text and tool calls out.</summary>
/// <remarks>
/// <para>Thread-safety: one instance serves any number of requests at once; the usual lifetime is a singleton. It keeps no conversation.</para>
/// <para>Ownership: the session stays its creator's. Disposing the client is harmless and does nothing.</para>
/// <para>
/// Cancellation: observed before the start and at every token; frees the request in the engine and throws
/// <see cref="OperationCanceledException"/>. Leaving the enumeration early frees the request too.
/// </para>
/// <para>
/// Tools are described and their calls returned; they are run by <c>UseFunctionInvocation</c> or by the caller. Calls come complete, each once, and
/// text that only looked like a call comes out as text. A required tool mode needs an engine with <see cref="SessionFeatures.ToolCallGuide"/> and
/// throws <see cref="FeatureNotSupportedException"/> on others. A response format is always told to the model; on an engine without the guide for
/// it, it is <em>not enforced</em>, which is logged once as a warning.
/// </para>
/// <para>
/// Read leniently from <see cref="ChatOptions.AdditionalProperties"/>: <c>min_p</c>, <c>repetition_penalty</c>, <c>logprobs</c>,
/// <c>top_logprobs</c>, <c>cache_salt</c>, <c>priority</c>; other keys are somebody else's.
/// </para>
/// <para>
/// Ignored, and logged once at Debug: <see cref="ChatOptions.Reasoning"/>, <see cref="ChatOptions.ConversationId"/>,
/// <see cref="ChatOptions.ContinuationToken"/>, <see cref="ChatOptions.AllowBackgroundResponses"/>, tools that are no
/// <see cref="AIFunctionDeclaration"/>, unknown response formats, a raw representation that is no <see cref="LlamaFp4RequestOptions"/>, and values
/// of the additional properties above that cannot be read.
/// </para>
/// </remarks>
public sealed partial class LlamaFp4ChatClient : IChatClient
{
    private static readonly Uri EmbeddedEngine = new("http://127.0.0.1/");

    private readonly ITokenSession _session;
    private readonly LlamaFp4ChatClientOptions _options;
    private readonly ILogger _logger;
    private readonly PromptTemplate _template;
    private readonly TimeProvider _clock;
    private readonly ChatClientMetadata _metadata;
    private readonly string _modelId;

    /// <summary>Creates a client. It does not own the session.</summary>
    /// <param name="session">The engine that generates.</param>
    /// <param name="options">Defaults of requests that do not set the same; read once, here.</param>
    /// <param name="loggerFactory">Where requests, answers and what is ignored are logged; <see langword="null"/>: nowhere.</param>
    /// <exception cref="ArgumentNullException"><paramref name="session"/> is <see langword="null"/>.</exception>
    public LlamaFp4ChatClient(ITokenSession session, LlamaFp4ChatClientOptions? options = null, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        _session = session;
        _options = options?.Clone() ?? new LlamaFp4ChatClientOptions();
        _logger = loggerFactory?.CreateLogger<LlamaFp4ChatClient>() ?? NullLogger<LlamaFp4ChatClient>.Instance;
        _template = new PromptTemplate(session.Tokenizer, new PromptTemplateOptions
        {
            DateText = _options.DateText ?? PromptTemplateOptions.DefaultDateText,
            Clock = _options.Clock,
        });
        _clock = _options.Clock ?? TimeProvider.System;
        _modelId = _options.ModelId ?? session.Model.ModelId;
        _metadata = new ChatClientMetadata("llamafp4", session.Model.Endpoint ?? EmbeddedEngine, _modelId);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A message, a stop sequence or the tool mode is malformed.</exception>
    /// <exception cref="InvalidOperationException"><see cref="ChatOptions.ModelId"/> names a model that this client does not serve.</exception>
    /// <exception cref="LlamaFp4Exception">The engine cannot do what is asked, or failed; the subclass says how.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return CollectAsync(messages, options, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A message, a stop sequence or the tool mode is malformed.</exception>
    /// <exception cref="InvalidOperationException"><see cref="ChatOptions.ModelId"/> names a model that this client does not serve.</exception>
    /// <exception cref="LlamaFp4Exception">The engine cannot do what is asked, or failed; the subclass says how.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return StreamAsync(Prepare(messages, options), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_session) ? _session
            : serviceType == typeof(LlamaTokenizer) ? _session.Tokenizer
            : null;
    }

    /// <summary>Does nothing: the session belongs to whoever created it.</summary>
    public void Dispose()
    {
    }

    private async Task<ChatResponse> CollectAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
        }

        var response = updates.ToChatResponse();
        response.RawRepresentation = LlamaFp4ResponseDetails.Of(updates);
        return response;
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(PreparedRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        StopSequenceDetector stops = new(request.StopSequences);
        ToolCallParser calls = new(request.Tools, request.CallsInText, request.FirstCallOnly);
        AnswerDecoder answer = new(_session.Tokenizer, stops, calls);
        AnswerUpdates updates = new(_modelId, _clock.GetUtcNow());
        var end = default(TokenDelta);
        List<int> generated = [];
        LogRequest(request, updates.ResponseId);

        await foreach (var delta in _session.GenerateAsync(request.Generation, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            end = delta;
            generated.AddRange(delta.TokenIds.Span);
            updates.Append(delta.LogProbabilities);
            answer.Append(delta.TokenIds.Span, updates.Contents);
            if (updates.HasContents)
            {
                yield return updates.Take();
            }

            if (answer.IsEnded)
            {
                break; // Leaving the loop disposes the enumerator, which aborts the request.
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!answer.IsEnded && end.FinishReason is null)
        {
            throw new GenerationFailedException("The session ended the answer without saying why.");
        }

        answer.Flush(isComplete: end.FinishReason == FinishReason.Stop, updates.Contents);
        if (updates.HasContents)
        {
            yield return updates.Take();
        }

        var usage = ToUsageDetails(end.Usage, request.Generation.PromptTokenIds.Length, generated.Count);
        updates.Contents.Add(new UsageContent(usage));
        if (!answer.IsEnded)
        {
            Remember(request, updates, generated, end.StopTokenId);
        }

        var reason = ToFinishReason(end.FinishReason, stops.Match, calls.CallCount);
        LogAnswer(updates.ResponseId, reason, usage, generated);
        yield return updates.TakeLast(reason, stops.Match, end.StopTokenId);
    }

    /// <summary>Keeps the tokens of an answer for the next prompt, if callers saw all of it: control tokens show no text and could forge a turn.</summary>
    private void Remember(PreparedRequest request, AnswerUpdates updates, List<int> tokenIds, int? stopTokenId)
    {
        var special = _session.Tokenizer.SpecialTokens;
        if (!tokenIds.Exists(id => id != special.PythonTag && _session.Tokenizer.IsSpecial(id)))
        {
            _template.Remember(request.Prompt, new GeneratedTurn(updates.Text, updates.Calls, [.. tokenIds, stopTokenId ?? special.EndOfTurn]));
        }
    }

    private static ChatFinishReason ToFinishReason(FinishReason? reason, string? stopSequence, int callCount) =>
        callCount > 0 ? ChatFinishReason.ToolCalls
        : reason == FinishReason.Length && stopSequence is null ? ChatFinishReason.Length
        : ChatFinishReason.Stop;

    /// <summary>An answer that the client ended has no usage from the session: its tokens are counted here.</summary>
    private static UsageDetails ToUsageDetails(TokenUsage? usage, int promptLength, int generated)
    {
        long input = usage?.PromptTokens ?? promptLength;
        long output = usage?.CompletionTokens ?? generated;
        return new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = input + output,
            CachedInputTokenCount = usage?.CachedPromptTokens,
        };
    }
}

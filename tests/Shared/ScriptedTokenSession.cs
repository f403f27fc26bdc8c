using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Tests.Shared;

/// <summary>A session without an engine: plays back answers in order, the last one for ever, and remembers what it was asked.</summary>
public sealed class ScriptedTokenSession(LlamaTokenizer tokenizer, params ScriptedAnswer[] answers) : ITokenSession
{
    private readonly ConcurrentQueue<GenerationRequest> _requests = [];
    private int _next;
    private int _liveRequests;
    private int _abortedRequests;
    private int _deliveredChunks;
    private bool _disposed;

    public ModelInfo Model { get; init; } = CreateModel();

    public LlamaTokenizer Tokenizer { get; } = tokenizer;

    /// <summary>Every request, in the order in which they came.</summary>
    public IReadOnlyList<GenerationRequest> Requests => [.. _requests];

    /// <summary>Requests that are being enumerated.</summary>
    public int LiveRequests => _liveRequests;

    /// <summary>Requests whose enumeration ended before their last delta.</summary>
    public int AbortedRequests => _abortedRequests;

    /// <summary>Deltas handed out, over all requests.</summary>
    public int DeliveredChunks => _deliveredChunks;

    /// <summary>The text of the prompt of one request.</summary>
    public string PromptText(Index request) => Tokenizer.Decode(Requests[request].PromptTokenIds.Span, keepSpecialTokens: true);

    /// <summary>The model behind a session, with the features given.</summary>
    public static ModelInfo CreateModel(SessionFeatures features = SessionFeatures.None, Uri? endpoint = null) => new()
    {
        ModelId = "scripted-model",
        VocabularySize = 1024,
        ContextLength = 4096,
        StopTokenIds = [0],
        EngineName = "scripted",
        EngineVersion = "1.0",
        Device = "memory",
        Endpoint = endpoint,
        Features = features,
    };

    /// <summary>A session that answers with these texts, one token for each delta.</summary>
    public static ScriptedTokenSession Saying(LlamaTokenizer tokenizer, params string[] texts) =>
        new(tokenizer, [.. texts.Select(text => ScriptedAnswer.Of(tokenizer, text))]);

    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (request.Guide is { } guide && !Model.Features.HasFlag(guide.Feature))
        {
            throw new FeatureNotSupportedException($"{guide.Feature} is not part of the script.");
        }

        _requests.Enqueue(request);
        var answer = answers[Math.Min(Interlocked.Increment(ref _next), answers.Length) - 1];
        return PlayAsync(request, answer, cancellationToken);
    }

    public void Dispose() => _disposed = true;

    private async IAsyncEnumerable<TokenDelta> PlayAsync(GenerationRequest request, ScriptedAnswer answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _liveRequests);
        var isComplete = false;
        try
        {
            var left = request.MaxNewTokens ?? int.MaxValue;
            var generated = 0;
            for (var i = 0; i < answer.Chunks.Count && left > 0; i++)
            {
                await WaitAsync(answer, i, cancellationToken);
                var tokenIds = answer.Chunks[i].AsMemory(0, Math.Min(left, answer.Chunks[i].Length));
                left -= tokenIds.Length;
                generated += tokenIds.Length;
                Interlocked.Increment(ref _deliveredChunks);
                yield return new TokenDelta { TokenIds = tokenIds, LogProbabilities = ToLogProbabilities(request, tokenIds) };
            }

            await WaitAsync(answer, answer.Chunks.Count, cancellationToken);
            isComplete = true;
            yield return ToLastDelta(request, answer, left > 0 ? answer.FinishReason : FinishReason.Length, generated);
        }
        finally
        {
            Interlocked.Decrement(ref _liveRequests);
            Interlocked.Add(ref _abortedRequests, isComplete ? 0 : 1);
        }
    }

    private static async Task WaitAsync(ScriptedAnswer answer, int chunk, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (answer.BeforeChunk is { } wait)
        {
            await wait(chunk, cancellationToken);
        }
    }

    private static TokenLogProbability[]? ToLogProbabilities(GenerationRequest request, ReadOnlyMemory<int> tokenIds) =>
        request.LogProbabilities is null
            ? null
            : [.. tokenIds.ToArray().Select(id => new TokenLogProbability { TokenId = id, LogProbability = -0.5f })];

    private static TokenDelta ToLastDelta(GenerationRequest request, ScriptedAnswer answer, FinishReason reason, int generated)
    {
        var isStopped = reason == FinishReason.Stop;
        return new TokenDelta
        {
            FinishReason = reason,
            StopTokenId = isStopped ? 0 : null,
            Usage = new TokenUsage
            {
                PromptTokens = request.PromptTokenIds.Length,
                CompletionTokens = generated + (isStopped ? 1 : 0),
                CachedPromptTokens = answer.CachedPromptTokens,
            },
        };
    }
}

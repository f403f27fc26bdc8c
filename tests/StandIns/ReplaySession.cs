using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.StandIns;

/// <summary>An engine that says the same tokens over and over, as fast as it is asked, and heeds stop tokens and the limit.</summary>
/// <remarks>Asked for a or b by a guide, as sessions do to find out whether guides are enforced, it says a.</remarks>
public sealed class ReplaySession(LlamaTokenizer tokenizer, ModelInfo model, params int[] tokenIds) : ITokenSession
{
    private readonly int[] _letter = tokenizer.Encode("a");
    private bool _isDisposed;

    public ModelInfo Model { get; } = model;

    public LlamaTokenizer Tokenizer { get; } = tokenizer;

    /// <summary>The log probability of each token and of its alternatives; by default −½ and none.</summary>
    public Func<int, TokenLogProbability> LogProbability { get; init; } = static id => new TokenLogProbability { TokenId = id, LogProbability = -0.5f };

    public int CachedPromptTokens { get; init; }

    /// <summary>A model with these limits that can do everything.</summary>
    public static ModelInfo CreateModel(LlamaTokenizer tokenizer, int contextLength, params int[] stopTokenIds) => new()
    {
        ModelId = "replay",
        VocabularySize = tokenizer.VocabularySize,
        ContextLength = contextLength,
        StopTokenIds = stopTokenIds,
        EngineName = "replay",
        EngineVersion = "1.0",
        Device = "memory",
        Features = ~SessionFeatures.None,
    };

    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return PlayAsync(request, request.Guide is RegexGuide { Pattern: "[ab]" } ? _letter : tokenIds, cancellationToken);
    }

    public void Dispose() => _isDisposed = true;

    private async IAsyncEnumerable<TokenDelta> PlayAsync(GenerationRequest request, int[] script, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stops = request.StopTokenIds ?? Model.StopTokenIds;
        var limit = request.MaxNewTokens ?? (Model.ContextLength - request.PromptTokenIds.Length);
        int? stop = null;
        var count = 0;
        while (count < limit && stop is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var index = count++ % script.Length;
            if (stops.Count > 0 && stops.Contains(script[index]))
            {
                stop = script[index];
            }
            else
            {
                yield return new TokenDelta
                {
                    TokenIds = script.AsMemory(index, 1),
                    LogProbabilities = request.LogProbabilities is null ? null : [LogProbability(script[index])],
                };
            }
        }

        await Task.CompletedTask;
        yield return new TokenDelta
        {
            FinishReason = stop is null ? FinishReason.Length : FinishReason.Stop,
            StopTokenId = stop,
            Usage = new TokenUsage { PromptTokens = request.PromptTokenIds.Length, CompletionTokens = count, CachedPromptTokens = CachedPromptTokens },
        };
    }
}

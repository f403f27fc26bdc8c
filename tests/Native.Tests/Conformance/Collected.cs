using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Tests.Conformance;

/// <summary>All that a request produced.</summary>
public sealed record Collected(IReadOnlyList<int> TokenIds, IReadOnlyList<TokenLogProbability> LogProbabilities, TokenDelta Last)
{
    public static async Task<Collected> FromAsync(IAsyncEnumerable<TokenDelta> deltas, CancellationToken cancellationToken)
    {
        var tokenIds = new List<int>();
        var logProbabilities = new List<TokenLogProbability>();
        TokenDelta last = default;
        await foreach (var delta in deltas.WithCancellation(cancellationToken))
        {
            Assert.Null(last.FinishReason);
            tokenIds.AddRange(delta.TokenIds.Span);
            logProbabilities.AddRange(delta.LogProbabilities ?? []);
            last = delta;
        }

        return new Collected(tokenIds, logProbabilities, last);
    }
}

using System.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance;

/// <summary>Runs requests to their end and measures them.</summary>
internal static class Answers
{
    public static async Task<Answer> CollectAsync(this ITokenSession session, GenerationRequest request, CancellationToken cancellationToken)
    {
        List<int> tokens = [];
        List<TokenLogProbability> logProbabilities = [];
        List<int> batches = [];
        List<TimeSpan> arrivals = [];
        var last = default(TokenDelta);
        var clock = Stopwatch.StartNew();
        await foreach (var delta in session.GenerateAsync(request, cancellationToken))
        {
            last = delta;
            tokens.AddRange(delta.TokenIds.Span);
            logProbabilities.AddRange(delta.LogProbabilities ?? []);
            if (delta.TokenIds.Length > 0)
            {
                batches.Add(delta.TokenIds.Length);
                arrivals.Add(clock.Elapsed);
            }
        }

        return new Answer(tokens, logProbabilities, batches, arrivals, clock.Elapsed, last);
    }

    /// <summary>A greedy request that only its limit ends.</summary>
    public static GenerationRequest Greedy(int[] prompt, int maxNewTokens) => new()
    {
        PromptTokenIds = prompt,
        MaxNewTokens = maxNewTokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = 0 },
    };
}

/// <summary>One answer.</summary>
/// <param name="TokenIds">All of its tokens.</param>
/// <param name="LogProbabilities">Theirs, if asked for.</param>
/// <param name="Batches">How many tokens came together each time.</param>
/// <param name="Arrivals">When they came, from the request on.</param>
/// <param name="Elapsed">From the request to its end.</param>
/// <param name="Last">The last delta: how it ended.</param>
internal sealed record Answer(
    IReadOnlyList<int> TokenIds,
    IReadOnlyList<TokenLogProbability> LogProbabilities,
    IReadOnlyList<int> Batches,
    IReadOnlyList<TimeSpan> Arrivals,
    TimeSpan Elapsed,
    TokenDelta Last)
{
    public TimeSpan TimeToFirstToken => Arrivals.Count > 0 ? Arrivals[0] : Elapsed;

    /// <summary>Mean time between two tokens.</summary>
    public TimeSpan TimePerToken => Batches.Count > 1 ? (Arrivals[^1] - Arrivals[0]) / (TokenIds.Count - Batches[0]) : TimeSpan.Zero;

    /// <summary>Times between tokens; those that came together share the time since the ones before.</summary>
    public IEnumerable<TimeSpan> Gaps => Arrivals.Zip(Arrivals.Skip(1), Batches.Skip(1)).SelectMany(step => Enumerable.Repeat((step.Second - step.First) / step.Third, step.Third));
}

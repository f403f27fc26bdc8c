using System.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>Many streams at once.</summary>
internal static class LoadChecks
{
    private const int PromptTokens = 128;
    private const int NewTokens = 128;

    public static IEnumerable<AcceptanceCheck> Tasks =>
    [
        new("One stream alone", (target, cancellationToken) => StreamAsync(target, target.Session, 1, cancellationToken)),
        new("Half of the concurrent streams", (target, cancellationToken) => StreamAsync(target, target.Session, Math.Max(1, target.Streams / 2), cancellationToken)),
        new("All concurrent streams", (target, cancellationToken) => StreamAsync(target, target.Session, target.Streams, cancellationToken)),
    ];

    /// <summary>Starts the streams together and waits for all of them.</summary>
    public static async Task<Finding> StreamAsync(AcceptanceTarget target, ITokenSession session, int streams, CancellationToken cancellationToken)
    {
        var prompt = Math.Min(PromptTokens, target.Model.ContextLength / 2);
        var tokens = Math.Min(NewTokens, target.Model.ContextLength - prompt);
        var requests = Enumerable.Range(0, streams).Select(_ => Answers.Greedy(target.EncodeUnique(prompt), tokens)).ToList();

        var clock = Stopwatch.StartNew();
        var answers = await Task.WhenAll(requests.Select(request => session.CollectAsync(request, cancellationToken)));
        var elapsed = clock.Elapsed;

        var whole = answers.Count(answer => answer.TokenIds.Count == tokens && answer.Last is { FinishReason: FinishReason.Length });
        var gaps = answers.SelectMany(answer => answer.Gaps).ToList();
        return Finding.PassIf(
            whole == streams,
            $"{whole} of {streams} streams came whole: {Figure.Count(streams * tokens / elapsed.TotalSeconds)} tokens/s; first token after {Figure.Seconds(Figure.Percentile(answers.Select(answer => answer.TimeToFirstToken), 50))} "
            + $"(p99 {Figure.Seconds(Figure.Percentile(answers.Select(answer => answer.TimeToFirstToken), 99))}), then one in {Figure.Seconds(Figure.Percentile(answers.Select(answer => answer.TimePerToken), 50))} (p99 {Figure.Seconds(Figure.Percentile(gaps, 99))})");
    }
}

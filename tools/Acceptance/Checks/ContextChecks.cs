namespace LlamaFp4.Acceptance.Checks;

/// <summary>A prompt that fills the context, and the same one again.</summary>
internal static class ContextChecks
{
    private const int NewTokens = 16;

    // Proxies and keep-alive rules cut off connections on which nothing has come for this long.
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(60);

    public static IEnumerable<AcceptanceCheck> Tasks =>
    [
        new("Long prompt: it is taken, and the connection outlives its computation", FillAsync),
        new("Prefix cache: a prompt that is sent again is not computed again", RepeatAsync),
    ];

    private static async Task<Finding> FillAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var prompt = target.EncodeUnique(target.LongPromptTokens);
        var answer = await target.Session.CollectAsync(Answers.Greedy(prompt, NewTokens), cancellationToken);
        var silence = answer.TimeToFirstToken >= LongSilence ? "longer than a minute without a message" : "too short to show what a minute without a message does";
        return Finding.PassIf(
            answer.TokenIds.Count == NewTokens && answer.Last.Usage?.PromptTokens == prompt.Length,
            $"{Figure.Count(prompt.Length)} tokens: the first one back after {Figure.Seconds(answer.TimeToFirstToken)} ({Figure.Count(prompt.Length / answer.TimeToFirstToken.TotalSeconds)} prompt tokens/s), {silence}");
    }

    private static async Task<Finding> RepeatAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var prompt = target.EncodeUnique(Math.Min(4096, target.LongPromptTokens));
        var first = await target.Session.CollectAsync(Answers.Greedy(prompt, NewTokens), cancellationToken);
        var second = await target.Session.CollectAsync(Answers.Greedy(prompt, NewTokens), cancellationToken);
        var cached = second.Last.Usage?.CachedPromptTokens ?? 0;
        return Finding.PassIf(
            cached >= prompt.Length / 2,
            $"{Figure.Count(cached)} of {Figure.Count(prompt.Length)} tokens came from the cache; first token after {Figure.Seconds(second.TimeToFirstToken)} instead of {Figure.Seconds(first.TimeToFirstToken)}");
    }
}

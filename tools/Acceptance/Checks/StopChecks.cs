using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>How generations end, and whether one can tell why.</summary>
internal static class StopChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("Is the stop token that ended a turn reported, so that end of turn and end of message can be told apart?", EndOfTurnAsync),
        new("Does any other token end a generation when it is named as a stop token?", AnyTokenAsync),
        new("Without stop tokens, does the engine go on past its own end token?", NoStopAsync),
    ];

    private static async Task<Finding> EndOfTurnAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var special = target.Tokenizer.SpecialTokens;
        var answer = await target.Session.CollectAsync(Turn(target, stopTokenIds: null, maxNewTokens: 256), cancellationToken);
        return Finding.PassIf(
            answer.Last is { FinishReason: FinishReason.Stop, StopTokenId: { } stop } && stop == special.EndOfTurn,
            $"{answer.Last.FinishReason} with {answer.Last.StopTokenId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no token"} after {answer.TokenIds.Count} tokens; end of turn is {special.EndOfTurn}");
    }

    private static async Task<Finding> AnyTokenAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var free = await target.Session.CollectAsync(Turn(target, stopTokenIds: [], maxNewTokens: 12), cancellationToken);
        var stop = free.TokenIds[^1];
        var expected = free.TokenIds.TakeWhile(token => token != stop).Count();
        var stopped = await target.Session.CollectAsync(Turn(target, [stop], maxNewTokens: 64), cancellationToken);
        return Finding.PassIf(
            stopped.Last.StopTokenId == stop && stopped.TokenIds.Count == expected,
            $"{stopped.TokenIds.Count} tokens before stop token {stopped.Last.StopTokenId}; expected {expected} before {stop}");
    }

    private static async Task<Finding> NoStopAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var answer = await target.Session.CollectAsync(Turn(target, stopTokenIds: [], maxNewTokens: 128), cancellationToken);
        return Finding.PassIf(answer is { TokenIds.Count: 128, Last.FinishReason: FinishReason.Length }, $"{answer.TokenIds.Count} of 128 tokens, {answer.Last.FinishReason}");
    }

    /// <summary>A greeting in the model's own prompt format.</summary>
    private static GenerationRequest Turn(AcceptanceTarget target, int[]? stopTokenIds, int maxNewTokens)
    {
        var special = target.Tokenizer.SpecialTokens;
        int[] prompt =
        [
            special.BeginOfText,
            special.StartHeader, .. target.Tokenizer.Encode("user"), special.EndHeader, .. target.Tokenizer.Encode("\n\nHello!"), special.EndOfTurn,
            special.StartHeader, .. target.Tokenizer.Encode("assistant"), special.EndHeader, .. target.Tokenizer.Encode("\n\n"),
        ];
        return new GenerationRequest
        {
            PromptTokenIds = prompt,
            MaxNewTokens = maxNewTokens,
            StopTokenIds = stopTokenIds,
            Sampling = new SamplingParameters { Temperature = 0 },
        };
    }
}

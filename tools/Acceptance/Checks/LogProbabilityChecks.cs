using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>Whether log probabilities come, for each token and with as many alternatives as were asked for.</summary>
internal static class LogProbabilityChecks
{
    private static readonly int[] Counts = [0, 1, 5];

    public static IEnumerable<AcceptanceCheck> Questions => Counts.Select(count => new AcceptanceCheck(
        $"Log probabilities with {count} alternatives", (target, cancellationToken) => AskAsync(target, count, cancellationToken)));

    private static async Task<Finding> AskAsync(AcceptanceTarget target, int count, CancellationToken cancellationToken)
    {
        if (!target.Can(SessionFeatures.LogProbabilities))
        {
            return Finding.NotApplicable("The session does not offer log probabilities on this wire");
        }

        var request = new GenerationRequest
        {
            PromptTokenIds = target.Encode("The capital of France is"),
            MaxNewTokens = 8,
            StopTokenIds = [],
            LogProbabilities = count,
            Sampling = new SamplingParameters { Temperature = 0 },
        };
        var answer = await target.Session.CollectAsync(request, cancellationToken);
        var entries = answer.LogProbabilities;
        var aligned = entries.Select(entry => entry.TokenId).SequenceEqual(answer.TokenIds);
        var complete = entries.All(entry => entry.LogProbability <= 0 && entry.Alternatives.Count == count);
        var greedy = count == 0 || entries.All(entry => entry.Alternatives.MaxBy(alternative => alternative.LogProbability)!.TokenId == entry.TokenId);
        return Finding.PassIf(
            aligned && complete && greedy,
            $"{entries.Count} entries for {answer.TokenIds.Count} tokens, with {string.Join("/", entries.Select(entry => entry.Alternatives.Count).Distinct())} alternatives; "
            + $"the greedy choice is {(greedy ? "" : "not always ")}the best of them");
    }
}

using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>Whether logits can be biased, below and above the size of the vocabulary without added tokens.</summary>
internal static class LogitBiasChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("Does a logit bias reach an ordinary token?", (target, cancellationToken) => BiasAsync(target, target.Tokenizer.Encode("!")[0], cancellationToken)),
        new("Does a logit bias reach a control token, which the tokenizer's vocab_size leaves out?", (target, cancellationToken) => BiasAsync(target, target.Tokenizer.SpecialTokens.EndOfTurn, cancellationToken)),
    ];

    private static async Task<Finding> BiasAsync(AcceptanceTarget target, int tokenId, CancellationToken cancellationToken)
    {
        if (!target.Can(SessionFeatures.LogitBias))
        {
            return Finding.NotApplicable("The session does not offer logit bias on this wire");
        }

        var request = new GenerationRequest
        {
            PromptTokenIds = target.Encode("The capital of France is"),
            MaxNewTokens = 1,
            StopTokenIds = [],
            LogitBias = new Dictionary<int, float> { [tokenId] = 100 },
            Sampling = new SamplingParameters { Temperature = 0 },
        };
        var answer = await target.Session.CollectAsync(request, cancellationToken);
        return Finding.PassIf(answer.TokenIds is [var only] && only == tokenId, $"With a bias of 100 on token {tokenId} came {string.Join(", ", answer.TokenIds)}");
    }
}

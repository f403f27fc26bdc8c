using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.Smg;

namespace LlamaFp4.StandIns.Smg;

/// <summary>SMG's messages ⇄ the engine's terms, as TensorRT-LLM's servicer reads and writes them.</summary>
internal static class SmgMessages
{
    public static GenerationRequest ToRequest(GenerateRequest request, ModelInfo model, StandInBehaviour behaviour)
    {
        var sampling = request.SamplingConfig ?? new SamplingConfig();
        return new GenerationRequest
        {
            PromptTokenIds = request.Tokenized.InputTokenIds.Select(id => (int)id).ToArray(),
            MaxNewTokens = StandInLimits.NewTokensOf((int)request.MaxTokens, request.Tokenized.InputTokenIds.Count, model),
            StopTokenIds = StandInLimits.StopTokensOf(request.StopTokenIds.Select(id => (int)id), request.IgnoreEos, model),
            LogProbabilities = request.OutputConfig is { HasLogprobs: true, Logprobs: > 0 } output ? output.Logprobs : null,
            Guide = behaviour.IgnoresGuides || request.GuidedDecoding is not { Guide.Length: > 0 } guided ? null : ToGuide(guided),
            Sampling = new SamplingParameters
            {
                Temperature = sampling.HasTemperature ? sampling.Temperature : 1,
                TopP = sampling.HasTopP ? sampling.TopP : 1,
                TopK = sampling.HasTopK ? sampling.TopK : 0,
                MinP = sampling.HasMinP ? sampling.MinP : null,
                RepetitionPenalty = sampling.HasRepetitionPenalty ? sampling.RepetitionPenalty : null,
                PresencePenalty = sampling.HasPresencePenalty ? sampling.PresencePenalty : null,
                FrequencyPenalty = sampling.HasFrequencyPenalty ? sampling.FrequencyPenalty : null,
                Seed = sampling.HasSeed ? unchecked((long)sampling.Seed) : null,
            },
        };
    }

    public static TokenLogprob ToLogprob(TokenLogProbability probability)
    {
        var entry = new TokenLogprob { TokenId = (uint)probability.TokenId, Logprob = probability.LogProbability };
        entry.TopLogprobs.AddRange(probability.Alternatives.Append(probability).DistinctBy(candidate => candidate.TokenId)
            .Select(candidate => new TopLogprob { TokenId = (uint)candidate.TokenId, Logprob = candidate.LogProbability }));
        return entry;
    }

    public static void Finish(GenerateComplete complete, TokenDelta? end, GenerateRequest request, StandInBehaviour behaviour)
    {
        complete.FinishReason = behaviour.FinishReason ?? end?.FinishReason switch
        {
            Native.Sessions.FinishReason.Stop => "stop",
            Native.Sessions.FinishReason.Length => "length",
            _ => complete.FinishReason,
        };
        complete.CachedTokens = (uint)(end?.Usage?.CachedPromptTokens ?? 0);

        // The model's own end token is not reported as a match.
        if (end?.StopTokenId is { } stop && request.StopTokenIds.Contains((uint)stop))
        {
            complete.MatchedTokenId = (uint)stop;
        }
    }

    private static Guide ToGuide(GuidedDecodingParams guided) => guided.GuideType switch
    {
        GuidedDecodingParams.Types.GuideType.Json => StandInGuide.JsonObject(),
        GuidedDecodingParams.Types.GuideType.JsonSchema => StandInGuide.JsonSchema(guided.Guide),
        GuidedDecodingParams.Types.GuideType.Regex => new RegexGuide(guided.Guide),
        GuidedDecodingParams.Types.GuideType.EbnfGrammar => new EbnfGuide(guided.Guide),
        _ => StandInGuide.StructuralTag(guided.Guide),
    };
}

using Google.Protobuf.WellKnownTypes;

namespace LlamaFp4.Native.TensorRtLlm.OpenEngine;

/// <summary>Our terms → OpenEngine's.</summary>
internal static class OpenEngineRequest
{
    public static GenerateRequest Of(string requestId, string model, ServerRequest request)
    {
        var message = new GenerateRequest
        {
            RequestId = requestId,
            Model = model,
            TokenIds = new TokenIds(),
            Sampling = SamplingOf(request),
            Stopping = StoppingOf(request),

            // Otherwise the server writes text that nobody reads.
            Extra = new Struct { Fields = { ["detokenize"] = Value.ForBool(false) } },
        };
        message.TokenIds.Ids.AddRange(request.PromptTokenIds.Select(id => (uint)id));
        if (request.SentLogProbabilities is { } candidates)
        {
            message.Response = new ResponseOptions { ReturnOutputLogprobs = true, OutputCandidates = new CandidateTokenSelection { TopN = (uint)candidates } };
        }

        if (request.CacheSalt is { } salt)
        {
            message.Kv = new KvOptions { CacheSalt = salt };
        }

        if (request.Guide is { } guide)
        {
            message.Guided = GuidedOf(guide);
        }

        return message;
    }

    // Temperature, top-p and top-k would otherwise be the model's own under generation_config=auto.
    private static SamplingParams SamplingOf(ServerRequest request)
    {
        var settings = request.Settings;
        var sampling = new SamplingParams { Temperature = settings.Temperature, TopP = settings.TopP, TopK = settings.TopK };
        if (settings.MinP > 0)
        {
            sampling.MinP = settings.MinP;
        }

        if (settings.RepetitionPenalty != 1)
        {
            sampling.RepetitionPenalty = settings.RepetitionPenalty;
        }

        if (settings.PresencePenalty != 0)
        {
            sampling.PresencePenalty = settings.PresencePenalty;
        }

        if (settings.FrequencyPenalty != 0)
        {
            sampling.FrequencyPenalty = settings.FrequencyPenalty;
        }

        if (settings.Seed is { } seed)
        {
            sampling.Seed = unchecked((ulong)seed);
        }

        return sampling;
    }

    private static StoppingOptions StoppingOf(ServerRequest request)
    {
        var stopping = new StoppingOptions { MaxTokens = (uint)request.MaxNewTokens, IncludeStopInOutput = true };
        stopping.Conditions.AddRange(request.SentStopTokenIds.Select(id => new StopCondition { StopTokenId = (uint)id }));
        if (request.IgnoresEndOfSequence)
        {
            stopping.IgnoreEos = true;
        }

        return stopping;
    }

    private static GuidedDecoding GuidedOf(GuideText guide) => guide.Kind switch
    {
        GuideKind.JsonObject => new GuidedDecoding { JsonObject = new JsonObjectConstraint() },
        GuideKind.JsonSchema => new GuidedDecoding { JsonSchema = guide.Text },
        GuideKind.Regex => new GuidedDecoding { Regex = guide.Text },
        GuideKind.Ebnf => new GuidedDecoding { EbnfGrammar = guide.Text },
        _ => new GuidedDecoding { StructuralTag = guide.Text },
    };
}

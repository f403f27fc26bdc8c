namespace LlamaFp4.Native.TensorRtLlm.Smg;

/// <summary>Our terms → SMG's. A field that is left out has the meaning it should have.</summary>
internal static class SmgRequest
{
    public static GenerateRequest Of(string requestId, ServerRequest request)
    {
        var message = new GenerateRequest
        {
            RequestId = requestId,
            Tokenized = new TokenizedInput(),
            SamplingConfig = SamplingOf(request),
            OutputConfig = new OutputConfig(),
            MaxTokens = (uint)request.MaxNewTokens,
            Streaming = true,
            IgnoreEos = request.IgnoresEndOfSequence,
            IncludeStopTokenInOutput = true,
        };
        message.Tokenized.InputTokenIds.AddRange(request.PromptTokenIds.Select(id => (uint)id));
        message.StopTokenIds.AddRange(request.SentStopTokenIds.Select(id => (uint)id));
        if (request.SentLogProbabilities is { } candidates)
        {
            message.OutputConfig.Logprobs = candidates;
        }

        if (request.Guide is { } guide)
        {
            message.GuidedDecoding = new GuidedDecodingParams { GuideType = TypeOf(guide.Kind), Guide = guide.Text };
        }

        return message;
    }

    private static SamplingConfig SamplingOf(ServerRequest request)
    {
        var settings = request.Settings;

        // Temperature, top-p and top-k say it when they filter nothing, too: left out, they could be the model's own under generation_config=auto.
        var config = new SamplingConfig { BeamWidth = 1, NumReturnSequences = 1, Temperature = settings.Temperature, TopP = settings.TopP, TopK = settings.TopK };
        if (settings.MinP > 0)
        {
            config.MinP = settings.MinP;
        }

        if (settings.RepetitionPenalty != 1)
        {
            config.RepetitionPenalty = settings.RepetitionPenalty;
        }

        if (settings.PresencePenalty != 0)
        {
            config.PresencePenalty = settings.PresencePenalty;
        }

        if (settings.FrequencyPenalty != 0)
        {
            config.FrequencyPenalty = settings.FrequencyPenalty;
        }

        if (settings.Seed is { } seed)
        {
            config.Seed = unchecked((ulong)seed);
        }

        return config;
    }

    private static GuidedDecodingParams.Types.GuideType TypeOf(GuideKind kind) => kind switch
    {
        GuideKind.JsonObject => GuidedDecodingParams.Types.GuideType.Json,
        GuideKind.JsonSchema => GuidedDecodingParams.Types.GuideType.JsonSchema,
        GuideKind.Regex => GuidedDecodingParams.Types.GuideType.Regex,
        GuideKind.Ebnf => GuidedDecodingParams.Types.GuideType.EbnfGrammar,
        _ => GuidedDecodingParams.Types.GuideType.StructuralTag,
    };
}

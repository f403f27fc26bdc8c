using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.OpenEngine;

/// <summary>What an OpenEngine server says it can do → our terms. What it does not mention is not denied.</summary>
internal static class OpenEngineCapabilities
{
    /// <summary>A server that cannot be asked. It refuses what it cannot do, so nothing is denied here.</summary>
    public static ServerDescription Unknown { get; } = new()
    {
        EngineName = "openengine",
        EngineVersion = "unknown",
        Features = GuideText.Features | SessionFeatures.LogProbabilities | SessionFeatures.CacheSalt,
    };

    public static ServerDescription Describe(ServerInfo server, ModelInfo model)
    {
        if (model is { HasSupportsTokenIdsInput: true, SupportsTokenIdsInput: false })
        {
            throw new ServerFailureException(ServerFailureKind.NotSupported, "takes no token ids as input");
        }

        var parallelism = server.Parallelism ?? new ParallelismInfo();
        var capabilities = model.Generation ?? new GenerationCapabilities();
        return new ServerDescription
        {
            EngineName = server.EngineName.Length > 0 ? server.EngineName : "openengine",
            EngineVersion = server.EngineVersion,
            ModelId = model.ServedModelName.Length > 0 ? Path.GetFileName(model.ServedModelName.TrimEnd('/')) : null,
            ContextLength = Known(model.MaxContextLength),
            MaxConcurrentRequests = Known(server.Capacity?.MaxRunningRequests ?? 0),
            MaxLogProbabilities = Known(capabilities.OutputLogprobs?.MaxTopN ?? 0),
            Parallelism = $"TP {Math.Max(1, parallelism.TensorParallelSize)}, PP {Math.Max(1, parallelism.PipelineParallelSize)}",
            Features = FeaturesOf(capabilities),
        };
    }

    // Absent, like 0, means that the server does not know.
    private static int? Known(ulong limit) => limit > 0 ? (int)Math.Min(limit, int.MaxValue) : null;

    private static SessionFeatures FeaturesOf(GenerationCapabilities capabilities)
    {
        var features = GuidesOf(capabilities.GuidedDecoding);
        if (capabilities.OutputLogprobs is not { HasSupported: true, Supported: false })
        {
            features |= SessionFeatures.LogProbabilities;
        }

        if (capabilities is not { HasSupportsCacheSalt: true, SupportsCacheSalt: false })
        {
            features |= SessionFeatures.CacheSalt;
        }

        return features;
    }

    private static SessionFeatures GuidesOf(GuidedDecodingCapabilities? guided) => guided is { HasSupported: true, Supported: false }
        ? SessionFeatures.None
        : (guided?.Modes ?? []).Aggregate(SessionFeatures.None, (features, mode) => features | FeatureOf(mode));

    // A choice is sent as a regular expression: the server has no choice of its own.
    private static SessionFeatures FeatureOf(GuidedDecodingMode mode) => mode switch
    {
        GuidedDecodingMode.JsonObject => SessionFeatures.JsonGuide,
        GuidedDecodingMode.JsonSchema => SessionFeatures.JsonSchemaGuide,
        GuidedDecodingMode.Regex => SessionFeatures.RegexGuide | SessionFeatures.ChoiceGuide,
        GuidedDecodingMode.EbnfGrammar => SessionFeatures.EbnfGuide,
        GuidedDecodingMode.StructuralTag => SessionFeatures.ToolCallGuide,
        _ => SessionFeatures.None,
    };
}

using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>What a server says about itself. Null where it says nothing.</summary>
internal sealed record ServerDescription
{
    public required string EngineName { get; init; }

    public required string EngineVersion { get; init; }

    public string? ModelId { get; init; }

    /// <summary>Ids without added tokens, or with them: servers report the one or the other.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>Most tokens of prompt and answer.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Most requests it computes at once.</summary>
    public int? MaxConcurrentRequests { get; init; }

    /// <summary>Most alternatives per token.</summary>
    public int? MaxLogProbabilities { get; init; }

    /// <summary>How the model is spread over GPUs, in words.</summary>
    public string? Parallelism { get; init; }

    /// <summary>What the wire format carries and the server does not deny.</summary>
    public required SessionFeatures Features { get; init; }

    /// <summary>Whether the server ignores guides in silence when it cannot enforce them, so that one has to be tried.</summary>
    public bool IgnoresGuidesSilently { get; init; }
}

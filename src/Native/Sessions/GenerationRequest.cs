namespace LlamaFp4.Native.Sessions;

/// <summary>One prompt to continue, with limits, sampling and constraints.</summary>
/// <remarks>A session has read all of it when the call returns; what changes afterwards has no effect on the request.</remarks>
public sealed class GenerationRequest
{
    /// <summary>The whole prompt, control tokens included.</summary>
    /// <value>At least one id, each in 0 … vocabulary size − 1.</value>
    public required ReadOnlyMemory<int> PromptTokenIds { get; init; }

    /// <summary>How many tokens may be generated, the stop token included.</summary>
    /// <value>At least 1. <see langword="null"/> (default): whatever the context leaves.</value>
    public int? MaxNewTokens { get; init; }

    /// <summary>Token ids that end the generation.</summary>
    /// <value><see langword="null"/> (default): <see cref="ModelInfo.StopTokenIds"/>. An empty list: only the limit ends it.</value>
    public IReadOnlyCollection<int>? StopTokenIds { get; init; }

    /// <summary>How the next token is chosen.</summary>
    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>What may be generated.</summary>
    /// <value><see langword="null"/> (default): anything.</value>
    public Guide? Guide { get; init; }

    /// <summary>How many alternatives to report with log probabilities for each position, beside the chosen token.</summary>
    /// <value><see langword="null"/> (default): no log probabilities. 0: the chosen token only. At most 20; each costs some 40 bytes per token.</value>
    public int? LogProbabilities { get; init; }

    /// <summary>Added to the logit of a token id before sampling.</summary>
    /// <value><see langword="null"/> (default): none. Negative infinity forbids a token.</value>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Requests share cached prefixes only with requests of the same salt.</summary>
    /// <value><see langword="null"/> (default): the common cache.</value>
    public string? CacheSalt { get; init; }

    /// <summary>Waiting requests of higher priority start first.</summary>
    /// <value>Default 0.</value>
    public int Priority { get; init; }
}

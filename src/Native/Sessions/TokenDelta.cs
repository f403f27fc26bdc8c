namespace LlamaFp4.Native.Sessions;

/// <summary>What one step of a request produced: new tokens, and on the last one how it ended.</summary>
public readonly struct TokenDelta
{
    /// <summary>The new token ids, without the stop token that ended the generation.</summary>
    /// <value>May be empty on the last delta. Valid as long as the request's enumeration is.</value>
    public ReadOnlyMemory<int> TokenIds { get; init; }

    /// <summary>One entry for each of <see cref="TokenIds"/>, if the request asked for them.</summary>
    public IReadOnlyList<TokenLogProbability>? LogProbabilities { get; init; }

    /// <summary>Why the generation ended; set on the last delta only.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>The stop token that ended the generation, on the last delta.</summary>
    /// <value><see langword="null"/> if none did: at a limit, or where a guide was complete and the request has no stop tokens.</value>
    public int? StopTokenId { get; init; }

    /// <summary>What the request cost; set on the last delta only.</summary>
    public TokenUsage? Usage { get; init; }
}

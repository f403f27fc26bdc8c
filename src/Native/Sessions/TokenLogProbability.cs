namespace LlamaFp4.Native.Sessions;

/// <summary>A token's natural-log probability at its position, and its most likely alternatives.</summary>
/// <remarks>As the model computed them: before bias, penalties, guide, temperature and filters.</remarks>
public sealed class TokenLogProbability
{
    /// <summary>The token.</summary>
    public required int TokenId { get; init; }

    /// <summary>Natural logarithm of its probability.</summary>
    public required float LogProbability { get; init; }

    /// <summary>The most likely tokens at this position, best first, without alternatives of their own.</summary>
    public IReadOnlyList<TokenLogProbability> Alternatives { get; init; } = [];
}

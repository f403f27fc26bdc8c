using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider;

/// <summary>What the engine reported beside the contents of an update: its <see cref="ChatResponseUpdate.RawRepresentation"/>.</summary>
/// <remarks>
/// Only updates of a request that asks for log probabilities, and the last update of every answer, carry one. It is neither serialised nor part of a
/// buffered response.
/// </remarks>
public sealed class LlamaFp4UpdateDetails
{
    /// <summary>
    /// One entry for each token generated since the update before, also those whose text is held back or belongs to a stop sequence.
    /// </summary>
    /// <value>Empty unless <see cref="LlamaFp4RequestOptions.LogProbabilities"/> was set.</value>
    public IReadOnlyList<TokenLogProbability> LogProbabilities { get; init; } = [];

    /// <summary>The stop sequence that ended the answer.</summary>
    /// <value><see langword="null"/> except on the last update of an answer that one ended.</value>
    public string? StopSequence { get; init; }

    /// <summary>The stop token that ended the answer.</summary>
    /// <value><see langword="null"/> except on the last update of an answer that one ended.</value>
    public int? StopTokenId { get; init; }
}

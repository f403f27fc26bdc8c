using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider;

/// <summary>What the engine reported beside the contents: <see cref="ChatResponse.RawRepresentation"/> and <see cref="ChatResponseUpdate.RawRepresentation"/>.</summary>
/// <remarks>
/// A buffered response has one for the whole answer. In a stream, updates of a request that asks for log probabilities carry one, and the last update of every
/// answer. It is not serialised.
/// </remarks>
public sealed class LlamaFp4ResponseDetails
{
    /// <summary>
    /// One entry for each token of the answer, or for each generated since the update before, also those whose text is held back or belongs to a stop sequence.
    /// </summary>
    /// <value>Empty unless <see cref="LlamaFp4RequestOptions.LogProbabilities"/> was set.</value>
    public IReadOnlyList<TokenLogProbability> LogProbabilities { get; init; } = [];

    /// <summary>The stop sequence that ended the answer.</summary>
    /// <value><see langword="null"/> unless one ended the answer; in a stream only on the last update.</value>
    public string? StopSequence { get; init; }

    /// <summary>The stop token that ended the answer.</summary>
    /// <value><see langword="null"/> unless one ended the answer; in a stream only on the last update.</value>
    public int? StopTokenId { get; init; }

    /// <summary>The details of a whole answer.</summary>
    internal static LlamaFp4ResponseDetails Of(IEnumerable<ChatResponseUpdate> updates)
    {
        var details = updates.Select(update => update.RawRepresentation).OfType<LlamaFp4ResponseDetails>().ToList();
        return new LlamaFp4ResponseDetails
        {
            LogProbabilities = [.. details.SelectMany(part => part.LogProbabilities)],
            StopSequence = details.LastOrDefault()?.StopSequence,
            StopTokenId = details.LastOrDefault()?.StopTokenId,
        };
    }
}

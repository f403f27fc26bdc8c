using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider;

/// <summary>Everything a request may set, also what <see cref="ChatOptions"/> has no property for.</summary>
/// <remarks>
/// Returned from <see cref="ChatOptions.RawRepresentationFactory"/>. What is set here wins; <see cref="ChatOptions"/> only fills what is
/// <see langword="null"/>, then <see cref="LlamaFp4ChatClientOptions"/>, then the engine's default. A feature that the engine lacks throws
/// <see cref="FeatureNotSupportedException"/> before anything is generated.
/// </remarks>
public sealed class LlamaFp4RequestOptions
{
    /// <summary>Divides the logits.</summary>
    /// <value>0 or more; 0 is greedy.</value>
    public float? Temperature { get; set; }

    /// <summary>Only the k most likely tokens may be drawn.</summary>
    /// <value>At least 1; 0 switches the filter off.</value>
    public int? TopK { get; set; }

    /// <summary>Only the smallest set of most likely tokens whose probabilities reach this sum may be drawn.</summary>
    /// <value>In (0, 1].</value>
    public float? TopP { get; set; }

    /// <summary>Only tokens at least this fraction as likely as the most likely one may be drawn.</summary>
    /// <value>In [0, 1].</value>
    public float? MinP { get; set; }

    /// <summary>Divides positive and multiplies negative logits of every token seen in prompt or output.</summary>
    /// <value>Greater than 0; 1 is neutral.</value>
    public float? RepetitionPenalty { get; set; }

    /// <summary>Subtracted once from the logit of every token generated so far.</summary>
    public float? PresencePenalty { get; set; }

    /// <summary>Subtracted from the logit of a token for each time it was generated so far.</summary>
    public float? FrequencyPenalty { get; set; }

    /// <summary>Makes the draws repeatable; all 64 bits count.</summary>
    public long? Seed { get; set; }

    /// <summary>How many tokens may be generated.</summary>
    /// <value>At least 1.</value>
    public int? MaxOutputTokens { get; set; }

    /// <summary>Texts that end the answer. They are not part of it.</summary>
    /// <value>At most 32, none empty.</value>
    public IReadOnlyList<string>? StopSequences { get; set; }

    /// <summary>Added to the logit of a token id before sampling. Negative infinity forbids a token.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; set; }

    /// <summary>
    /// How many alternatives to report with log probabilities for each token, beside the chosen one; read them from
    /// <see cref="LlamaFp4ResponseDetails"/>.
    /// </summary>
    /// <value>0: the chosen token only.</value>
    public int? LogProbabilities { get; set; }

    /// <summary>Requests share cached prefixes only with requests of the same salt.</summary>
    public string? CacheSalt { get; set; }

    /// <summary>Waiting requests of higher priority start first.</summary>
    public int? Priority { get; set; }

    /// <summary>What may be generated, instead of what <see cref="ChatOptions.ResponseFormat"/> and <see cref="ChatOptions.Tools"/> ask for.</summary>
    public Guide? Guide { get; set; }
}

namespace LlamaFp4.Native.Sessions;

/// <summary>How the next token is drawn from the logits. <see langword="null"/> means the session's default for each field.</summary>
/// <remarks>
/// Order: logit bias and penalties, then temperature, then top-k, top-p and min-p, then the draw. Sessions on the CPU and over servers take temperature,
/// top-k and top-p that are left open from the checkpoint's <c>generation_config.json</c>; without one: greedy. All else is off.
/// </remarks>
public sealed class SamplingParameters
{
    /// <summary>Divides the logits. 0 is greedy: always the most likely token.</summary>
    /// <value>0 or more.</value>
    public float? Temperature { get; init; }

    /// <summary>Only the k most likely tokens may be drawn.</summary>
    /// <value>At least 1; 0 switches the filter off.</value>
    public int? TopK { get; init; }

    /// <summary>Only the smallest set of most likely tokens whose probabilities reach this sum may be drawn.</summary>
    /// <value>In (0, 1]; 1 switches the filter off.</value>
    public float? TopP { get; init; }

    /// <summary>Only tokens at least this fraction as likely as the most likely one may be drawn.</summary>
    /// <value>In [0, 1]; 0 switches the filter off.</value>
    public float? MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of every token seen in prompt or output.</summary>
    /// <value>Greater than 0; 1 is neutral.</value>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Subtracted once from the logit of every token generated so far.</summary>
    /// <value>Usually −2 … 2; 0 is neutral.</value>
    public float? PresencePenalty { get; init; }

    /// <summary>Subtracted from the logit of a token for each time it was generated so far.</summary>
    /// <value>Usually −2 … 2; 0 is neutral.</value>
    public float? FrequencyPenalty { get; init; }

    /// <summary>Makes the draws repeatable.</summary>
    /// <value>All 64 bits count. <see langword="null"/> (default): a fresh seed for each request.</value>
    public long? Seed { get; init; }
}

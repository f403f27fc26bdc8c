namespace LlamaFp4.Provider;

/// <summary>Defaults of a chat client; a request's own options win.</summary>
public sealed class LlamaFp4ChatClientOptions
{
    /// <summary>The model id reported to callers.</summary>
    /// <value><see langword="null"/> (default): the session's.</value>
    public string? ModelId { get; set; }

    /// <summary>The date written into the system message, for example <c>26 Jul 2024</c>.</summary>
    /// <value>
    /// <see langword="null"/> (default): <c>26 Jul 2024</c>, the fixed date of the model's own template, which keeps prompts stable across midnight.
    /// </value>
    public string? DateText { get; set; }

    /// <summary>Writes today's date, taken from this clock, instead of a fixed one, and dates responses by it.</summary>
    /// <value><see langword="null"/> (default): <see cref="DateText"/>.</value>
    public TimeProvider? Clock { get; set; }

    /// <summary>Sampling temperature of requests that set none.</summary>
    public float? Temperature { get; set; }

    /// <summary>Nucleus of requests that set none.</summary>
    public float? TopP { get; set; }

    /// <summary>Output limit of requests that set none.</summary>
    /// <value><see langword="null"/> (default): what the context leaves.</value>
    public int? MaxOutputTokens { get; set; }

    /// <summary>Lets the texts of prompts and answers into the log, at <see cref="Microsoft.Extensions.Logging.LogLevel.Trace"/>.</summary>
    /// <value>Default: <see langword="false"/>: no text of a message is logged at any level.</value>
    public bool EnableSensitiveData { get; set; }

    internal LlamaFp4ChatClientOptions Clone() => (LlamaFp4ChatClientOptions)MemberwiseClone();
}

namespace LlamaFp4.Native.Cpu;

/// <summary>How the embedded engine runs.</summary>
public sealed class CpuSessionOptions
{
    /// <summary>The name the model presents itself under.</summary>
    /// <value><see langword="null"/> (default): the name of the checkpoint directory.</value>
    public string? ModelId { get; set; }

    /// <summary>Arithmetic of the linear layers.</summary>
    /// <value>Default: <see cref="CpuNumerics.Fast"/>.</value>
    public CpuNumerics Numerics { get; set; } = CpuNumerics.Fast;

    /// <summary>Threads that compute.</summary>
    /// <value>At least 1. <see langword="null"/> (default): one per processor.</value>
    public int? ThreadCount { get; set; }

    /// <summary>Most tokens of prompt and answer together.</summary>
    /// <value><see langword="null"/> (default): the checkpoint's own limit. Never more than that.</value>
    public int? ContextLength { get; set; }

    /// <summary>Most requests computed at once; further ones wait.</summary>
    /// <value>At least 1; default 8.</value>
    public int MaxConcurrentRequests { get; set; } = 8;

    /// <summary>Most requests waiting; one more is refused with <see cref="Sessions.SessionOverloadedException"/>.</summary>
    /// <value>At least 0; default 1,024.</value>
    public int MaxQueuedRequests { get; set; } = 1024;
}

/// <summary>Arithmetic of the embedded engine's linear layers.</summary>
public enum CpuNumerics
{
    /// <summary>FP4 weights times activations quantised to 8-bit integers per block of 16: the fastest, and closer to the unquantised model than <see cref="Exact"/>.</summary>
    Fast,

    /// <summary>W4A4 as Blackwell computes it: weights and activations in FP4.</summary>
    Exact,
}

/// <summary>How far loading a checkpoint has come.</summary>
/// <param name="Fraction">0 … 1.</param>
/// <param name="Stage">What is being done, in words.</param>
public readonly record struct LoadProgress(double Fraction, string Stage);

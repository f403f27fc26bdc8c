namespace LlamaFp4.Native.Diagnostics;

/// <summary>The NVIDIA driver of this machine and its GPUs, read through NVML.</summary>
public sealed class NvidiaDriver
{
    /// <summary>The driver's version, for example <c>580.95.05</c>.</summary>
    /// <value><see langword="null"/>: there is no driver, or it does not answer (see <see cref="Problem"/>).</value>
    public string? Version { get; init; }

    /// <summary>The newest CUDA version that the driver serves.</summary>
    /// <value><see langword="null"/>: unknown.</value>
    public Version? CudaVersion { get; init; }

    /// <summary>The GPUs, in the driver's order; empty without a working driver.</summary>
    public IReadOnlyList<NvidiaGpu> Gpus { get; init; } = [];

    /// <summary>Why a driver that is installed does not answer, in its own words.</summary>
    /// <value><see langword="null"/>: it answers, or there is none, which is a normal state of a machine.</value>
    public string? Problem { get; init; }

    /// <summary>Whether the driver is installed, working or not.</summary>
    public bool IsInstalled => Version is not null || Problem is not null;

    /// <summary>Asks the driver. Takes some milliseconds, more where the GPUs sleep; never throws for what it finds.</summary>
    public static NvidiaDriver Read() => NvmlReader.Read();
}

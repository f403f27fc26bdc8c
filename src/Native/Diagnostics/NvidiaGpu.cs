namespace LlamaFp4.Native.Diagnostics;

/// <summary>One NVIDIA GPU of this machine, as its driver describes it.</summary>
public sealed class NvidiaGpu
{
    /// <summary>The driver's number for it, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The marketing name, for example <c>NVIDIA B200</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The CUDA compute capability, for example 10.0.</summary>
    public required Version ComputeCapability { get; init; }

    /// <summary>All of its memory, in bytes.</summary>
    /// <value><see langword="null"/>: the driver does not say; so it is where GPU and processor share their memory.</value>
    public long? TotalMemory { get; init; }

    /// <summary>Its unused memory, in bytes, at the time of the reading.</summary>
    /// <value><see langword="null"/>: the driver does not say.</value>
    public long? FreeMemory { get; init; }

    /// <summary>Whether it computes NVFP4: the Blackwell generation or later, compute capability 10.0 and up.</summary>
    public bool IsBlackwell => ComputeCapability.Major >= 10;

    /// <summary>Whether it is a data-centre Blackwell (B200, GB200, B300, GB300), which the 405B FP4 checkpoint was made for: compute capability 10.x.</summary>
    public bool IsDataCenterBlackwell => ComputeCapability.Major == 10;
}

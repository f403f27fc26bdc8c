using LlamaFp4.Native.Diagnostics.Interop;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether this machine has a working NVIDIA driver, GPUs, and GPUs that compute NVFP4.</summary>
internal static class GpuChecks
{
    // What the containers of TensorRT-LLM 1.3 are built with.
    private static readonly Version WantedCuda = new(13, 0);

    public static IEnumerable<PreflightCheck> Run(PreflightTarget target)
    {
        yield return CheckDriver(target);
        yield return CheckGpus(target);
        yield return CheckBlackwell(target);
    }

    private static PreflightCheck CheckDriver(PreflightTarget target)
    {
        const string name = "driver";
        var driver = target.Driver;
        if (driver.Problem is { } problem)
        {
            return target.Shortcoming(name, $"The NVIDIA driver does not answer: {problem}.", "Run nvidia-smi. Reload the driver or reboot after an update; in a container pass --gpus all.");
        }

        if (driver.Version is null)
        {
            return PreflightCheck.Ok(name, $"No NVIDIA driver on this machine ({Nvml.LibraryFile} was not found).");
        }

        var detail = $"NVIDIA driver {driver.Version}, CUDA {driver.CudaVersion}.";
        return driver.CudaVersion < WantedCuda && !target.HasEndpoints
            ? PreflightCheck.Warning(name, detail, $"The containers of TensorRT-LLM 1.3 want CUDA {WantedCuda}: update the driver to R580 or newer.")
            : PreflightCheck.Ok(name, detail);
    }

    private static PreflightCheck CheckGpus(PreflightTarget target)
    {
        const string name = "gpus";
        var gpus = target.Driver.Gpus;
        if (gpus.Count == 0)
        {
            return target.Driver.IsInstalled && target.Driver.Problem is null
                ? target.Shortcoming(name, "The driver sees no GPU.", "In a container pass --gpus all; in a virtual machine pass the devices through.")
                : PreflightCheck.Ok(name, "No NVIDIA GPU.");
        }

        var detail = string.Join("; ", gpus.GroupBy(gpu => (gpu.Name, gpu.TotalMemory)).Select(Describe)) + ".";
        return !target.HasEndpoints && gpus.Any(gpu => gpu.FreeMemory < gpu.TotalMemory * 0.9)
            ? PreflightCheck.Warning(name, detail, "Other processes hold GPU memory: nvidia-smi lists them.")
            : PreflightCheck.Ok(name, detail);
    }

    private static string Describe(IGrouping<(string Name, long? TotalMemory), NvidiaGpu> group)
    {
        var memory = group.Key.TotalMemory is { } total
            ? $"{Quantity.Bytes(total)}, {Quantity.Bytes(group.Min(gpu => gpu.FreeMemory ?? total))} free"
            : "memory shared with the processor";
        return $"{group.Count()} × {group.Key.Name}, {memory}";
    }

    private static PreflightCheck CheckBlackwell(PreflightTarget target)
    {
        const string name = "blackwell";
        var gpus = target.Driver.Gpus;
        var blackwell = target.BlackwellGpus;
        var detail = string.Join("; ", gpus.GroupBy(gpu => gpu.ComputeCapability).OrderBy(group => group.Key).Select(group => $"compute capability {group.Key} is {Generation(group.Key)}"));
        if (blackwell.Count == 0)
        {
            return Missing(target, gpus.Count == 0 ? "No GPU that computes NVFP4" : $"Not Blackwell: {detail}");
        }

        if (blackwell.Count < gpus.Count)
        {
            return PreflightCheck.Warning(name, $"{detail}.", $"Keep the others out of the server: CUDA_VISIBLE_DEVICES={string.Join(',', blackwell.Select(gpu => gpu.Index))}.");
        }

        return target.NeedsGpu && !blackwell.All(gpu => gpu.IsDataCenterBlackwell)
            ? PreflightCheck.Warning(name, $"{detail}.", "NVIDIA made and tested the 405B FP4 checkpoint for B200.")
            : PreflightCheck.Ok(name, $"{detail}.");
    }

    private static PreflightCheck Missing(PreflightTarget target, string detail)
    {
        const string name = "blackwell";
        if (target.HasEndpoints)
        {
            return PreflightCheck.Ok(name, $"{detail}; the endpoint's machine has to have them.");
        }

        return target.NeedsGpu || target.Driver.Gpus.Count > 0
            ? target.Shortcoming(name, $"{detail}.", "TensorRT-LLM computes NVFP4 on Blackwell only (compute capability 10.0 or newer; B200 for 405B). Name the endpoint of such a machine, or take a checkpoint small enough for the CPU session.")
            : PreflightCheck.Ok(name, $"{detail}: the CPU session is what runs here.");
    }

    private static string Generation(Version capability) => capability switch
    {
        { Major: 12, Minor: 1 } => "Blackwell (GB10), computes NVFP4",
        { Major: 12 } => "Blackwell for workstations (RTX), computes NVFP4",
        { Major: 11 } => "Blackwell for vehicles and robots (Thor), computes NVFP4",
        { Major: 10, Minor: 3 } => "data-centre Blackwell (B300, GB300), computes NVFP4",
        { Major: 10 } => "data-centre Blackwell (B200, GB200), computes NVFP4",
        { Major: > 12 } => "newer than Blackwell",
        { Major: 9 } => "Hopper, without NVFP4",
        { Major: 8, Minor: 9 } => "Ada, without NVFP4",
        { Major: 8 } => "Ampere, without NVFP4",
        { Major: 7, Minor: 5 } => "Turing, without NVFP4",
        _ => "older than Turing, without NVFP4",
    };
}

namespace LlamaFp4.Native.Diagnostics;

/// <summary>What is to run, and on what.</summary>
/// <param name="Options">What was asked for.</param>
/// <param name="Driver">The GPUs of this machine.</param>
/// <param name="Checkpoint">The checkpoint, if one was named and its configuration and weights are whole.</param>
/// <param name="AvailableMemory">Bytes of main memory that this process may use.</param>
internal sealed record PreflightTarget(PreflightOptions Options, NvidiaDriver Driver, CheckpointSummary? Checkpoint, long AvailableMemory)
{
    /// <summary>Whether another process, perhaps on another machine, runs the model.</summary>
    public bool HasEndpoints => Options.Endpoints.Count > 0;

    /// <summary>Whether the CPU session can run the checkpoint: it keeps the weights in memory, and may take a quarter of it for its KV cache.</summary>
    public bool FitsCpuSession => Checkpoint is { } checkpoint && checkpoint.WeightBytes <= AvailableMemory / 4 * 3;

    /// <summary>Whether nothing but a GPU of this machine could run the checkpoint.</summary>
    public bool NeedsGpu => !HasEndpoints && Checkpoint is not null && !FitsCpuSession;

    public IReadOnlyList<NvidiaGpu> BlackwellGpus => [.. Driver.Gpus.Where(gpu => gpu.IsBlackwell)];

    /// <summary>A shortcoming that matters only if a GPU of this machine is needed.</summary>
    public PreflightCheck Shortcoming(string name, string detail, string advice) =>
        NeedsGpu ? PreflightCheck.Failure(name, detail, advice) : PreflightCheck.Warning(name, detail, advice);
}

using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether weights and KV cache fit: the GPUs chosen, or else main memory for the CPU session.</summary>
internal sealed class MemoryCheck
{
    private const string Name = "memory";

    // What the engine's kernels are tuned for.
    private static readonly int[] Sizes = [1, 2, 4, 8, 16, 32, 64];

    private readonly PreflightTarget _target;
    private readonly LlamaConfig _config;
    private readonly long _weightBytes;
    private readonly KvFormat _kvFormat;
    private readonly int _contextLength;

    private MemoryCheck(PreflightTarget target, CheckpointSummary checkpoint)
    {
        _target = target;
        _config = checkpoint.Config;
        _weightBytes = checkpoint.WeightBytes;
        _contextLength = target.Options.ContextLength ?? checkpoint.Config.ContextLength;
        _kvFormat = KvFormat.Of(target.Options.KvCacheType, checkpoint.Quantization.KvCacheAlgorithm);
    }

    private long WantedTokens => (long)_contextLength * _target.Options.ConcurrentRequests;

    public static PreflightCheck Run(PreflightTarget target)
    {
        var check = new MemoryCheck(target, target.Checkpoint!);
        if (check._contextLength > check._config.ContextLength)
        {
            return PreflightCheck.Failure(
                Name, $"A context of {Quantity.Count(check._contextLength)} tokens is longer than the checkpoint's {Quantity.Count(check._config.ContextLength)}.", "Ask for a shorter context.");
        }

        if (target.HasEndpoints)
        {
            return PreflightCheck.Ok(Name, $"{check.Need()}, on the endpoint's machine.");
        }

        return target.BlackwellGpus.Count > 0 ? check.OnGpus(target.BlackwellGpus) : check.OnCpu();
    }

    private PreflightCheck OnGpus(IReadOnlyList<NvidiaGpu> gpus)
    {
        if (gpus.Any(gpu => gpu.FreeMemory is null))
        {
            return PreflightCheck.Warning(Name, $"{Need()}; the driver does not say how much these GPUs have.", "They share the machine's memory: compare with that.");
        }

        var wanted = _target.Options.TensorParallelSize;
        if (wanted > gpus.Count)
        {
            return PreflightCheck.Failure(Name, $"Tensor parallel size {wanted} needs as many Blackwell GPUs; this machine has {gpus.Count}.", $"Choose at most {gpus.Count}.");
        }

        if (wanted is { } size && !MemoryPlan.CanSplit(_config, size))
        {
            return PreflightCheck.Failure(Name, $"{_config.HeadCount} heads and {_config.KvHeadCount} KV heads cannot be split over {size} GPUs.", "Choose a power of two.");
        }

        var bytes = gpus.Min(gpu => gpu.FreeMemory!.Value);
        return Judge(MemoryPlan.Of(_config, _weightBytes, _kvFormat, wanted ?? LargestSize(gpus.Count), bytes), gpus.Count);
    }

    private int LargestSize(int gpuCount) => Sizes.Last(size => size <= gpuCount && MemoryPlan.CanSplit(_config, size));

    private PreflightCheck Judge(MemoryPlan plan, int gpuCount)
    {
        var sequences = plan.CacheTokens / _contextLength;
        var detail = $"Tensor parallel {plan.TensorParallelSize}: {Quantity.Bytes(plan.WeightBytes)} of weights on each GPU, {Quantity.Count(plan.KvBytesPerToken)} B of {_kvFormat.Name} KV cache a token; "
            + $"room for about {Quantity.Count(plan.CacheTokens)} tokens, or {Quantity.Count(sequences)} sequences of {Quantity.Count(_contextLength)}.";
        if (plan.CacheTokens >= WantedTokens)
        {
            return PreflightCheck.Ok(Name, detail);
        }

        var split = plan.TensorParallelSize < gpuCount ? "Split the model over more GPUs, or " : "";
        if (sequences >= 1)
        {
            return PreflightCheck.Warning(Name, detail, Sentence($"{split}expect that not all {_target.Options.ConcurrentRequests} sequences run at once."));
        }

        return PreflightCheck.Failure(Name, detail, Sentence(plan.CacheTokens == 0
            ? $"{split}free GPU memory: the weights leave none for the KV cache."
            : $"{split}start the server with --max_seq_len {plan.CacheTokens} or less."));
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";

    private PreflightCheck OnCpu()
    {
        var memory = Quantity.Bytes(_target.AvailableMemory);
        return _target.FitsCpuSession
            ? PreflightCheck.Ok(Name, $"The CPU session fits: {Quantity.Bytes(_weightBytes)} of weights, {Quantity.Count(MemoryPlan.KvBytes(_config, KvFormat.SixteenBits, 1))} B of KV cache a token; this process may use {memory}.")
            : PreflightCheck.Failure(Name, $"{Need()}; this machine has no Blackwell GPU, and {memory} of memory.", "Run it on 4 or 8 B200 and name that endpoint, or take a smaller checkpoint.");
    }

    private string Need() =>
        $"{Quantity.Bytes(_weightBytes)} of weights, {Quantity.Bytes((double)MemoryPlan.KvBytes(_config, _kvFormat, 1) * WantedTokens)} of {_kvFormat.Name} KV cache for {Quantity.Count(WantedTokens)} tokens";
}

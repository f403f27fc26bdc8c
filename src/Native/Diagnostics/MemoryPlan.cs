using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>What a tensor-parallel server keeps on each GPU, and how many tokens its KV cache then holds.</summary>
/// <param name="TensorParallelSize">Over how many GPUs the model is split.</param>
/// <param name="WeightBytes">Weights on each GPU.</param>
/// <param name="KvBytesPerToken">Keys and values of one token on each GPU.</param>
/// <param name="CacheTokens">How many tokens the KV cache holds.</param>
internal sealed record MemoryPlan(int TensorParallelSize, long WeightBytes, long KvBytesPerToken, long CacheTokens)
{
    // Activations, CUDA graphs and NCCL buffers: 10 to 25 GB of a B200's 180; the larger, as a share, so that it suits smaller GPUs too.
    private const double RuntimeShare = 25.0 / 180;

    // The server's default free_gpu_memory_fraction: what it takes for the cache of the memory left after loading.
    private const double CacheShare = 0.9;

    public static MemoryPlan Of(LlamaConfig config, long weightBytes, KvFormat kvFormat, int tensorParallelSize, long gpuBytes)
    {
        var weights = (weightBytes + tensorParallelSize - 1) / tensorParallelSize;
        var kv = KvBytes(config, kvFormat, tensorParallelSize);
        var left = gpuBytes - weights - (gpuBytes * RuntimeShare);
        return new MemoryPlan(tensorParallelSize, weights, kv, (long)Math.Max(0, left * CacheShare / kv));
    }

    /// <summary>Keys and values of one token on each GPU. Beyond one GPU per KV head, heads are repeated.</summary>
    public static long KvBytes(LlamaConfig config, KvFormat kvFormat, int tensorParallelSize)
    {
        var heads = Math.Max(1, config.KvHeadCount / tensorParallelSize);
        var elements = 2L * config.LayerCount * heads * config.HeadSize;
        return (long)(elements * kvFormat.BytesPerElement);
    }

    /// <summary>Whether attention can be split over that many GPUs.</summary>
    public static bool CanSplit(LlamaConfig config, int tensorParallelSize) =>
        config.HeadCount % tensorParallelSize == 0
        && (config.KvHeadCount % tensorParallelSize == 0 || tensorParallelSize % config.KvHeadCount == 0);
}

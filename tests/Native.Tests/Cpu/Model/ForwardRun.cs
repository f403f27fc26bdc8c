using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Model;
using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Cpu.Model;

/// <summary>A forward pass over one sequence, in chunks of one's choice.</summary>
internal sealed class ForwardRun : IDisposable
{
    private readonly LlamaWeights _weights;
    private readonly ComputeThreads _threads;
    private readonly LlamaForward _forward;
    private readonly PagedKvCache _cache;
    private readonly KvSequence _sequence;
    private int _position;

    public ForwardRun(LlamaCheckpoint checkpoint, CpuNumerics numerics, int threads = 1, KernelSet? kernels = null, CpuKvCacheType kvCacheType = CpuKvCacheType.SixteenBit)
    {
        var config = checkpoint.Config;
        var layout = new KvLayout(config.LayerCount, config.KvHeadCount, config.HeadSize, kvCacheType);
        var pages = PagedKvCache.PagesFor(config.ContextLength);
        _weights = new LlamaWeights(checkpoint);
        _threads = new ComputeThreads(threads);
        _forward = new LlamaForward(
            config, _weights, layout, _threads, kernels ?? KernelSet.Best, numerics, new EngineLimits(config.ContextLength, 128, 0, 128));
        _cache = new PagedKvCache(layout, pages);
        _sequence = new KvSequence(null, pages);
    }

    /// <summary>Computes tokens in one step; logits after each.</summary>
    public unsafe float[][] Step(params ReadOnlySpan<int> tokenIds)
    {
        Assert.True(_cache.TryReserve(_sequence, _position + tokenIds.Length));
        _forward.Batch.Clear();
        foreach (var tokenId in tokenIds)
        {
            _forward.Batch.Add(tokenId, _position++, _sequence.Table);
            _forward.Batch.WantLogits();
        }

        _forward.Run();
        return [.. Enumerable.Range(0, tokenIds.Length).Select(index => _forward.Logits(index).ToArray())];
    }

    public void Dispose()
    {
        _sequence.Dispose();
        _cache.Dispose();
        _forward.Dispose();
        _threads.Dispose();
        _weights.Dispose();
    }
}

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
    private readonly LlamaConfig _config;
    private readonly KvLayout _layout;
    private readonly LlamaWeights _weights;
    private readonly ComputeThreads _threads;
    private readonly LlamaForward _forward;
    private readonly PagedKvCache _cache;
    private readonly KvSequence _sequence;
    private int _position;

    public ForwardRun(
        LlamaCheckpoint checkpoint,
        CpuNumerics numerics,
        int threads = 1,
        KernelSet? kernels = null,
        CpuKvCacheType kvCacheType = CpuKvCacheType.SixteenBit,
        bool int8Head = false)
    {
        var config = checkpoint.Config;
        var pages = PagedKvCache.PagesFor(config.ContextLength);
        _config = config;
        _layout = new KvLayout(config.LayerCount, config.KvHeadCount, config.HeadSize, kvCacheType);
        _weights = new LlamaWeights(checkpoint, int8Head);
        _threads = new ComputeThreads(threads);
        _forward = new LlamaForward(
            config, _weights, _layout, _threads, kernels ?? KernelSet.Best, numerics, new EngineLimits(config.ContextLength, 128, 0, 128));
        _cache = new PagedKvCache(_layout, pages);
        _sequence = new KvSequence(null, pages);
    }

    /// <summary>Begins behind positions whose keys and values are given, as if their tokens had been computed.</summary>
    public unsafe void Continue(GivenPast past)
    {
        Assert.True(_cache.TryReserve(_sequence, past.Length));
        for (; _position < past.Length; _position++)
        {
            var page = (ushort*)_sequence.Table[_position / KvLayout.PageTokens];
            for (var layer = 0; layer < _config.LayerCount; layer++)
            {
                var (keys, values) = past.At(layer, _position);
                fixed (float* key = keys, value = values)
                {
                    for (var head = 0; head < _config.KvHeadCount; head++)
                    {
                        var start = head * _config.HeadSize;
                        _layout.Store(page, layer, head, _position % KvLayout.PageTokens, key + start, value + start);
                    }
                }
            }
        }
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

using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Sampling;

/// <summary>What sampling remembers of one request: settings, generator, tokens that penalties count.</summary>
internal sealed class SamplingState
{
    private SplitMix64 _random;

    public SamplingState(SamplingSettings settings, KeyValuePair<int, float>[] bias, ReadOnlySpan<int> promptTokenIds, GuideCursor? guide = null)
    {
        Settings = settings;
        Guide = guide;
        Adjustments = new LogitAdjustments(settings, bias, promptTokenIds);
        _random = new SplitMix64((ulong)(settings.Seed ?? Random.Shared.NextInt64(long.MinValue, long.MaxValue)));
    }

    public SamplingSettings Settings { get; }

    public LogitAdjustments Adjustments { get; }

    /// <summary>What may be generated; null for anything.</summary>
    public GuideCursor? Guide { get; }

    public double NextDouble() => _random.NextDouble();
}

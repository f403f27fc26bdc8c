using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class MemoryPlanTests
{
    private const long B200 = 180 * Machines.Gigabyte;

    [Theory]
    [InlineData(1, TrtLlmKvCacheType.Fp8, 258_048)]
    [InlineData(4, TrtLlmKvCacheType.Fp8, 64_512)]
    [InlineData(8, TrtLlmKvCacheType.Fp8, 32_256)]
    [InlineData(8, TrtLlmKvCacheType.Auto, 64_512)] // This checkpoint recommends nothing, so 16 bits.
    [InlineData(8, TrtLlmKvCacheType.NvFp4, 18_144)]
    [InlineData(16, TrtLlmKvCacheType.Fp8, 32_256)] // Each of the 8 KV heads is held twice.
    public void KvBytes_Of405B_AreThoseOfItsKvHeads(int tensorParallelSize, TrtLlmKvCacheType type, long expected)
    {
        var bytes = MemoryPlan.KvBytes(Machines.Llama405B.Config, KvFormat.Of(type, algorithm: null), tensorParallelSize);

        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData(4, 57_500_000_000, 1_360_212)] // (180 - 57.5 - 25) GB · 0.9 / 64,512 B
    [InlineData(8, 28_750_000_000, 3_522_600)] // (180 - 28.75 - 25) GB · 0.9 / 32,256 B
    public void Of_405BOnB200_HoldsTheTokensOfTheSizingTable(int tensorParallelSize, long weights, long tokens)
    {
        var plan = MemoryPlan.Of(Machines.Llama405B.Config, Machines.Llama405B.WeightBytes, KvFormat.Fp8, tensorParallelSize, B200);

        Assert.Equal(weights, plan.WeightBytes);
        Assert.InRange(plan.CacheTokens, tokens - 1, tokens + 1);
    }

    [Fact]
    public void Of_WeightsThatFillTheGpu_LeaveNoTokens()
    {
        var plan = MemoryPlan.Of(Machines.Llama405B.Config, Machines.Llama405B.WeightBytes, KvFormat.Fp8, 1, B200);

        Assert.Equal(0, plan.CacheTokens);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(8, true)]
    [InlineData(16, true)]
    [InlineData(12, false)]
    [InlineData(256, false)]
    public void CanSplit_405B_NeedsHeadsThatDivide(int tensorParallelSize, bool expected)
    {
        var canSplit = MemoryPlan.CanSplit(Machines.Llama405B.Config, tensorParallelSize);

        Assert.Equal(expected, canSplit);
    }
}

using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu.KvCache;

/// <summary>The memory that docs/cpu-session.md says a token takes.</summary>
public sealed class KvLayoutTests
{
    [Theory]
    [InlineData("pocket", 8, 2, 64, 4_096, 2_176)]
    [InlineData("Llama 3.2 1B", 16, 8, 64, 32_768, 17_408)]
    [InlineData("Llama 3.1 8B", 32, 8, 128, 131_072, 67_584)]
    [InlineData("Llama 3.1 405B", 126, 8, 128, 516_096, 266_112)]
    [InlineData("a head size that is no multiple of 32", 3, 2, 48, 1_344, 720)]
    public void PageBytes_AreThoseOfTheDocs(string shape, int layers, int kvHeads, int headSize, long sixteenBit, long eightBit)
    {
        Assert.NotEmpty(shape);
        Assert.Equal(sixteenBit * 32, new KvLayout(layers, kvHeads, headSize).PageBytes);
        Assert.Equal(eightBit * 32, new KvLayout(layers, kvHeads, headSize, CpuKvCacheType.EightBit).PageBytes);
    }

    [Theory]
    [InlineData(CpuKvCacheType.SixteenBit, 536_870_912)]
    [InlineData(CpuKvCacheType.EightBit, 285_212_672)]
    public void Reserve_FullContextOf131072_TakesWhatTheDocsSay(CpuKvCacheType type, long bytes)
    {
        var layout = new KvLayout(8, 2, 64, type);

        Assert.Equal(bytes, layout.PageBytes * PagedKvCache.PagesFor(131_072));
    }

    [Fact]
    public void Load_ContextOf131072_IsOffered()
    {
        var shape = RandomCheckpoint.Tiny with { ContextLength = 131_072, LayerCount = 1, HeadCount = 2, KvHeadCount = 1, HeadSize = 8, HiddenSize = 16, IntermediateSize = 16 };
        using var directory = new CpuSessionDirectory(shape);
        using var session = directory.Load(new CpuSessionOptions { MaxConcurrentRequests = 1 });

        Assert.Equal(131_072, session.Model.ContextLength);
    }
}

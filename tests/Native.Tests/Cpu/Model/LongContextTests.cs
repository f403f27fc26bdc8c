using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Tests.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu.Model;

/// <summary>The last tokens of a context of 131,072, with Llama 3.1's stretched frequencies.</summary>
public sealed class LongContextTests : IDisposable
{
    private const int ContextLength = 131_072;

    private static readonly int[] Tokens = [.. Enumerable.Range(0, 40).Select(i => ((i * 37) + 5) % 96)];

    private readonly CheckpointDirectory _directory = new(RandomCheckpoint.Tiny with { ContextLength = ContextLength, LayerCount = 1, HeadCount = 2, KvHeadCount = 1 });
    private readonly LlamaCheckpoint _checkpoint;
    private readonly GivenPast _past;

    public LongContextTests()
    {
        _checkpoint = _directory.Open();
        _past = new GivenPast(_checkpoint.Config, ContextLength - Tokens.Length);
    }

    public void Dispose()
    {
        _checkpoint.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(CpuNumerics.Fast, 0.015)]
    [InlineData(CpuNumerics.Exact, 1e-5)]
    public void Run_LastTokensOfTheContext_AreCloseToTheDefinition(CpuNumerics numerics, double tolerance)
    {
        var naive = new NaiveLlama(_checkpoint, exact: numerics == CpuNumerics.Exact);
        naive.Continue(_past);

        var actual = Step(numerics, CpuKvCacheType.SixteenBit, Tokens.Length);

        Assert.InRange(NaiveLlama.RelativeError(naive.Run(Tokens), actual), 0, tolerance);
    }

    [Theory]
    [InlineData(CpuNumerics.Fast, CpuKvCacheType.SixteenBit)]
    [InlineData(CpuNumerics.Fast, CpuKvCacheType.EightBit)]
    [InlineData(CpuNumerics.Exact, CpuKvCacheType.SixteenBit)]
    public void Run_LastTokensOfTheContext_InAnyChunks_GiveTheSameBits(CpuNumerics numerics, CpuKvCacheType kvCacheType)
    {
        var expected = Step(numerics, kvCacheType, Tokens.Length);

        Assert.Equal(expected, Step(numerics, kvCacheType, 1));
        Assert.Equal(expected, Step(numerics, kvCacheType, 33));
    }

    [Fact]
    public void Run_LastTokensOfTheContext_In8Bits_AreCloseToThoseIn16()
    {
        var expected = Step(CpuNumerics.Fast, CpuKvCacheType.SixteenBit, Tokens.Length);

        var actual = Step(CpuNumerics.Fast, CpuKvCacheType.EightBit, Tokens.Length);

        Assert.InRange(NaiveLlama.RelativeError(expected, actual), 1e-6, 0.01);
    }

    private float[][] Step(CpuNumerics numerics, CpuKvCacheType kvCacheType, int chunk)
    {
        using var run = new ForwardRun(_checkpoint, numerics, kvCacheType: kvCacheType);
        run.Continue(_past);
        return [.. Tokens.Chunk(chunk).SelectMany(tokens => run.Step(tokens))];
    }
}

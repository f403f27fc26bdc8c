using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Tests.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu.Model;

public sealed class LlamaForwardTests : IDisposable
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, 70).Select(i => ((i * 37) + 5) % 96)];

    private readonly CheckpointDirectory _directory = new(RandomCheckpoint.Tiny with { Seed = 3 });

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_Fast_IsCloseToUnquantisedActivations(bool tied)
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { Seed = 4, TieWordEmbeddings = tied });
        using var checkpoint = directory.Open();
        var expected = new NaiveLlama(checkpoint, exact: false).Run(Tokens);
        using var run = new ForwardRun(checkpoint, CpuNumerics.Fast);

        var actual = run.Step(Tokens);

        // 8-bit activations: an error of some 0.4 % of the logits' spread.
        Assert.InRange(NaiveLlama.RelativeError(expected, actual), 1e-6, 0.015);
    }

    [Fact]
    public void Run_Int8Head_IsCloseToTheBf16Head()
    {
        using var checkpoint = _directory.Open();
        using var bf16 = new ForwardRun(checkpoint, CpuNumerics.Fast);
        using var int8 = new ForwardRun(checkpoint, CpuNumerics.Fast, int8Head: true);

        var expected = bf16.Step(Tokens);
        var actual = int8.Step(Tokens);

        Assert.InRange(NaiveLlama.RelativeError(expected, actual), 1e-6, 0.01);
    }

    [Fact]
    public void Run_Exact_IsCloseToTheW4A4Definition()
    {
        using var checkpoint = _directory.Open();
        var expected = new NaiveLlama(checkpoint, exact: true).Run(Tokens);
        using var run = new ForwardRun(checkpoint, CpuNumerics.Exact);

        var actual = run.Step(Tokens);

        // Everything up to the last norm agrees to the bit; the head adds up float32 products in another order.
        Assert.InRange(NaiveLlama.RelativeError(expected, actual), 0, 1e-6);
        Assert.Equal(expected[0], actual[0], (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Theory]
    [InlineData(CpuNumerics.Fast)]
    [InlineData(CpuNumerics.Exact)]
    public void Run_TokenByTokenOrInChunks_GivesTheSameBits(CpuNumerics numerics)
    {
        using var checkpoint = _directory.Open();
        using var whole = new ForwardRun(checkpoint, numerics);
        using var single = new ForwardRun(checkpoint, numerics);
        using var chunks = new ForwardRun(checkpoint, numerics);

        var expected = whole.Step(Tokens);

        Assert.Equal(expected, Tokens.SelectMany(token => single.Step(token)));
        Assert.Equal(expected, Tokens.Chunk(33).SelectMany(chunk => chunks.Step(chunk)));
    }

    [Theory]
    [InlineData(CpuNumerics.Fast)]
    [InlineData(CpuNumerics.Exact)]
    public void Run_AnyThreadsAndKernels_GivesTheSameBits(CpuNumerics numerics)
    {
        using var checkpoint = _directory.Open();
        using var reference = new ForwardRun(checkpoint, numerics);
        var expected = reference.Step(Tokens);

        foreach (var threads in (int[])[2, 3, 7])
        {
            using var run = new ForwardRun(checkpoint, numerics, threads);
            Assert.Equal(expected, run.Step(Tokens));
        }

        foreach (var kernels in KernelSet.Supported)
        {
            using var run = new ForwardRun(checkpoint, numerics, 1, kernels);
            Assert.Equal(expected, run.Step(Tokens));
        }
    }

    [Fact]
    public void Run_HeadSizeAndGroupOfLlama_IsCloseToTheDefinition()
    {
        var shape = RandomCheckpoint.Tiny with { HiddenSize = 160, HeadSize = 64, HeadCount = 6, KvHeadCount = 2, IntermediateSize = 208, VocabularySize = 99 };
        using var directory = new CheckpointDirectory(shape);
        using var checkpoint = directory.Open();
        var expected = new NaiveLlama(checkpoint, exact: false).Run(Tokens);
        using var run = new ForwardRun(checkpoint, CpuNumerics.Fast, threads: 2);

        var actual = run.Step(Tokens);

        Assert.InRange(NaiveLlama.RelativeError(expected, actual), 1e-6, 0.015);
    }
}

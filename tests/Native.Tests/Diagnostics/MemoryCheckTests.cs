using LlamaFp4.Native.Diagnostics;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class MemoryCheckTests
{
    [Fact]
    public void Run_405BOnEightB200_FitsWithItsNumbers()
    {
        var check = MemoryCheck.Run(Machines.Target(Machines.EightB200, Machines.Llama405B));

        Assert.Equal(
            "Ok memory: Tensor parallel 8: 28.8 GB of weights on each GPU, 32,256 B of FP8 KV cache a token; "
            + "room for about 3,786,892 tokens, or 28 sequences of 131,072.",
            Machines.Line(check));
    }

    [Fact]
    public void Run_MoreSequencesThanFit_Warns()
    {
        var options = new PreflightOptions { TensorParallelSize = 4, ConcurrentRequests = 16 };

        var check = MemoryCheck.Run(Machines.Target(Machines.EightB200, Machines.Llama405B, options));

        Assert.Equal(
            "Warning memory: Tensor parallel 4: 57.5 GB of weights on each GPU, 64,512 B of FP8 KV cache a token; "
            + "room for about 1,492,358 tokens, or 11 sequences of 131,072. → Split the model over more GPUs, or expect that not all 16 sequences run at once.",
            Machines.Line(check));
    }

    [Fact]
    public void Run_ShorterContext_CountsInSequencesOfIt()
    {
        var options = new PreflightOptions { TensorParallelSize = 4, ContextLength = 32_768, ConcurrentRequests = 16 };

        var check = MemoryCheck.Run(Machines.Target(Machines.EightB200, Machines.Llama405B, options));

        Assert.Equal(PreflightStatus.Ok, check.Status);
        Assert.EndsWith("or 45 sequences of 32,768.", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NotOneSequenceFits_SaysWhichLengthWould()
    {
        var twoSmall = Machines.With(2, "NVIDIA B200", new Version(10, 0), 140 * Machines.Gigabyte, 140 * Machines.Gigabyte);

        var check = MemoryCheck.Run(Machines.Target(twoSmall, Machines.Llama405B));

        Assert.Equal(PreflightStatus.Failure, check.Status);
        Assert.Equal("Start the server with --max_seq_len 38752 or less.", check.Advice);
    }

    [Fact]
    public void Run_WeightsDoNotFit_Fails()
    {
        var one = Machines.With(1, "NVIDIA B200", new Version(10, 0), 192 * Machines.Gigabyte, 191 * Machines.Gigabyte);

        var check = MemoryCheck.Run(Machines.Target(one, Machines.Llama405B));

        Assert.Equal(
            "Failure memory: Tensor parallel 1: 230.0 GB of weights on each GPU, 258,048 B of FP8 KV cache a token; "
            + "room for about 0 tokens, or 0 sequences of 131,072. → Free GPU memory: the weights leave none for the KV cache.",
            Machines.Line(check));
    }

    [Theory]
    [InlineData(16, "Tensor parallel size 16 needs as many Blackwell GPUs; this machine has 8.")]
    [InlineData(6, "128 heads and 8 KV heads cannot be split over 6 GPUs.")]
    public void Run_ImpossibleTensorParallelSize_Fails(int size, string expected)
    {
        var check = MemoryCheck.Run(Machines.Target(Machines.EightB200, Machines.Llama405B, new PreflightOptions { TensorParallelSize = size }));

        Assert.Equal(PreflightStatus.Failure, check.Status);
        Assert.Equal(expected, check.Detail);
    }

    [Fact]
    public void Run_NoTensorParallelSizeGiven_TakesTheLargestPowerOfTwo()
    {
        var six = Machines.With(6, "NVIDIA B200", new Version(10, 0), 192 * Machines.Gigabyte, 191 * Machines.Gigabyte);

        var check = MemoryCheck.Run(Machines.Target(six, Machines.Llama405B));

        Assert.StartsWith("Tensor parallel 4:", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ContextLongerThanTheModels_Fails()
    {
        var check = MemoryCheck.Run(Machines.Target(Machines.EightB200, Machines.Llama405B, new PreflightOptions { ContextLength = 200_000 }));

        Assert.Equal("Failure memory: A context of 200,000 tokens is longer than the checkpoint's 131,072. → Ask for a shorter context.", Machines.Line(check));
    }

    [Fact]
    public void Run_405BWithoutGpu_FailsWithWhatItNeeds()
    {
        var check = MemoryCheck.Run(Machines.Target(Machines.WithoutDriver, Machines.Llama405B));

        Assert.Equal(
            "Failure memory: 230.0 GB of weights, 33.8 GB of FP8 KV cache for 131,072 tokens; this machine has no Blackwell GPU, and 64.0 GB of memory."
            + " → Run it on 4 or 8 B200 and name that endpoint, or take a smaller checkpoint.",
            Machines.Line(check));
    }

    [Fact]
    public void Run_8BWithoutGpu_FitsTheCpuSession()
    {
        var check = MemoryCheck.Run(Machines.Target(Machines.WithoutDriver, Machines.Llama8B));

        Assert.Equal("Ok memory: The CPU session fits: 6.0 GB of weights, 131,072 B of KV cache a token; this process may use 64.0 GB.", Machines.Line(check));
    }

    [Fact]
    public void Run_Endpoint_SaysWhatItsMachineNeeds()
    {
        var options = new PreflightOptions { Endpoints = [new Uri("http://b200:8000")], ContextLength = 32_768, ConcurrentRequests = 64 };

        var check = MemoryCheck.Run(Machines.Target(Machines.WithoutDriver, Machines.Llama405B, options));

        Assert.Equal("Ok memory: 230.0 GB of weights, 541.2 GB of FP8 KV cache for 2,097,152 tokens, on the endpoint's machine.", Machines.Line(check));
    }

    [Fact]
    public void Run_SharedMemory_WarnsThatItIsUnknown()
    {
        var spark = Machines.With(1, "NVIDIA GB10", new Version(12, 1), null, null);

        var check = MemoryCheck.Run(Machines.Target(spark, Machines.Llama8B));

        Assert.Equal(PreflightStatus.Warning, check.Status);
    }
}

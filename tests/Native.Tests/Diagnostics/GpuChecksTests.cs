using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Diagnostics.Interop;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class GpuChecksTests
{
    [Fact]
    public void Run_NoDriver_IsANormalMachine()
    {
        var lines = Lines(Machines.Target(Machines.WithoutDriver));

        Assert.Equal(
            [
                $"Ok driver: No NVIDIA driver on this machine ({Nvml.LibraryFile} was not found).",
                "Ok gpus: No NVIDIA GPU.",
                "Ok blackwell: No GPU that computes NVFP4: the CPU session is what runs here.",
            ],
            lines);
    }

    [Fact]
    public void Run_NoDriverButAnEndpoint_LeavesItToTheEndpoint()
    {
        var lines = Lines(Machines.Target(Machines.WithoutDriver, Machines.Llama405B, new PreflightOptions { Endpoints = [new Uri("http://b200:8000")] }));

        Assert.Equal("Ok blackwell: No GPU that computes NVFP4; the endpoint's machine has to have them.", lines[2]);
    }

    [Fact]
    public void Run_NoDriverAndACheckpointTooLargeForTheCpu_Fails()
    {
        var checks = GpuChecks.Run(Machines.Target(Machines.WithoutDriver, Machines.Llama405B)).ToList();

        Assert.Equal([PreflightStatus.Ok, PreflightStatus.Ok, PreflightStatus.Failure], checks.Select(check => check.Status));
    }

    [Fact]
    public void Run_EightB200_IsWhatTheCheckpointWasMadeFor()
    {
        var lines = Lines(Machines.Target(Machines.EightB200, Machines.Llama405B));

        Assert.Equal(
            [
                "Ok driver: NVIDIA driver 580.95.05, CUDA 13.0.",
                "Ok gpus: 8 × NVIDIA B200, 192.0 GB, 191.0 GB free.",
                "Ok blackwell: compute capability 10.0 is data-centre Blackwell (B200, GB200), computes NVFP4.",
            ],
            lines);
    }

    [Theory]
    [InlineData(10, 3, "data-centre Blackwell (B300, GB300), computes NVFP4")]
    [InlineData(11, 0, "Blackwell for vehicles and robots (Thor), computes NVFP4")]
    [InlineData(12, 0, "Blackwell for workstations (RTX), computes NVFP4")]
    [InlineData(12, 1, "Blackwell (GB10), computes NVFP4")]
    [InlineData(13, 0, "newer than Blackwell")]
    public void Run_BlackwellOfAnyKind_IsOk(int major, int minor, string generation)
    {
        var lines = Lines(Machines.Target(Machines.With(1, "GPU", new Version(major, minor), 96 * Machines.Gigabyte, 95 * Machines.Gigabyte)));

        Assert.Equal($"Ok blackwell: compute capability {major}.{minor} is {generation}.", lines[2]);
    }

    [Theory]
    [InlineData(7, 0, "older than Turing")]
    [InlineData(7, 5, "Turing")]
    [InlineData(8, 0, "Ampere")]
    [InlineData(8, 9, "Ada")]
    [InlineData(9, 0, "Hopper")]
    public void Run_OlderThanBlackwell_Warns(int major, int minor, string generation)
    {
        var check = GpuChecks.Run(Machines.Target(Machines.With(1, "GPU", new Version(major, minor), 80 * Machines.Gigabyte, 79 * Machines.Gigabyte))).Last();

        Assert.Equal(PreflightStatus.Warning, check.Status);
        Assert.Equal($"Not Blackwell: compute capability {major}.{minor} is {generation}, without NVFP4.", check.Detail);
    }

    /// <summary>What NVML read, and what was printed, on a machine with two H100 on 25 November 2026.</summary>
    [Fact]
    public void Run_TwoH100_PrintsWhatTheRealMachinePrinted()
    {
        var driver = new NvidiaDriver
        {
            Version = "580.159.04",
            CudaVersion = new Version(13, 0),
            Gpus =
            [
                Machines.Gpu(0, "NVIDIA H100 80GB HBM3", new Version(9, 0), 85_520_809_984, 85_017_493_504),
                Machines.Gpu(1, "NVIDIA H100 80GB HBM3", new Version(9, 0), 85_520_809_984, 85_017_493_504),
            ],
        };

        var lines = Lines(Machines.Target(driver, Machines.Llama8B));

        Assert.Equal(
            [
                "Ok driver: NVIDIA driver 580.159.04, CUDA 13.0.",
                "Ok gpus: 2 × NVIDIA H100 80GB HBM3, 85.5 GB, 85.0 GB free.",
                "Warning blackwell: Not Blackwell: compute capability 9.0 is Hopper, without NVFP4."
                + " → TensorRT-LLM computes NVFP4 on Blackwell only (compute capability 10.0 or newer; B200 for 405B)."
                + " Name the endpoint of such a machine, or take a checkpoint small enough for the CPU session.",
            ],
            lines);
    }

    [Fact]
    public void Run_HopperFor405B_Fails()
    {
        var h200 = Machines.With(8, "NVIDIA H200", new Version(9, 0), 150 * Machines.Gigabyte, 149 * Machines.Gigabyte);

        var check = GpuChecks.Run(Machines.Target(h200, Machines.Llama405B)).Last();

        Assert.Equal(PreflightStatus.Failure, check.Status);
    }

    [Fact]
    public void Run_WorkstationBlackwellFor405B_Warns()
    {
        var rtx = Machines.With(8, "NVIDIA RTX PRO 6000", new Version(12, 0), 102 * Machines.Gigabyte, 101 * Machines.Gigabyte);

        var check = GpuChecks.Run(Machines.Target(rtx, Machines.Llama405B)).Last();

        Assert.Equal("NVIDIA made and tested the 405B FP4 checkpoint for B200.", check.Advice);
    }

    [Fact]
    public void Run_MixedGpus_NamesThoseToUse()
    {
        var mixed = new NvidiaDriver
        {
            Version = "580.95.05",
            CudaVersion = new Version(13, 0),
            Gpus =
            [
                Machines.Gpu(0, "NVIDIA H100", new Version(9, 0), 80 * Machines.Gigabyte, 80 * Machines.Gigabyte),
                Machines.Gpu(1, "NVIDIA B200", new Version(10, 0), 192 * Machines.Gigabyte, 192 * Machines.Gigabyte),
                Machines.Gpu(2, "NVIDIA B200", new Version(10, 0), 192 * Machines.Gigabyte, 192 * Machines.Gigabyte),
            ],
        };

        var lines = Lines(Machines.Target(mixed));

        Assert.Equal("Ok gpus: 1 × NVIDIA H100, 80.0 GB, 80.0 GB free; 2 × NVIDIA B200, 192.0 GB, 192.0 GB free.", lines[1]);
        Assert.Equal(
            "Warning blackwell: compute capability 9.0 is Hopper, without NVFP4; compute capability 10.0 is data-centre Blackwell (B200, GB200), computes NVFP4."
            + " → Keep the others out of the server: CUDA_VISIBLE_DEVICES=1,2.",
            lines[2]);
    }

    [Fact]
    public void Run_GpuInUse_Warns()
    {
        var busy = Machines.With(1, "NVIDIA B200", new Version(10, 0), 192 * Machines.Gigabyte, 100 * Machines.Gigabyte);

        var lines = Lines(Machines.Target(busy));

        Assert.Equal("Warning gpus: 1 × NVIDIA B200, 192.0 GB, 100.0 GB free. → Other processes hold GPU memory: nvidia-smi lists them.", lines[1]);
    }

    [Fact]
    public void Run_GpuInUseByTheEndpoint_IsOk()
    {
        var busy = Machines.With(1, "NVIDIA B200", new Version(10, 0), 192 * Machines.Gigabyte, 1 * Machines.Gigabyte);

        var lines = Lines(Machines.Target(busy, options: new PreflightOptions { Endpoints = [new Uri("http://localhost:8000")] }));

        Assert.Equal("Ok gpus: 1 × NVIDIA B200, 192.0 GB, 1.0 GB free.", lines[1]);
    }

    [Fact]
    public void Run_SharedMemory_SaysSo()
    {
        var lines = Lines(Machines.Target(Machines.With(1, "NVIDIA GB10", new Version(12, 1), null, null)));

        Assert.Equal("Ok gpus: 1 × NVIDIA GB10, memory shared with the processor.", lines[1]);
    }

    [Fact]
    public void Run_DriverThatDoesNotAnswer_SaysWhy()
    {
        var broken = new NvidiaDriver { Problem = "Driver/library version mismatch (NVML error 18)" };

        var lines = Lines(Machines.Target(broken));

        Assert.Equal(
            "Warning driver: The NVIDIA driver does not answer: Driver/library version mismatch (NVML error 18)."
            + " → Run nvidia-smi. Reload the driver or reboot after an update; in a container pass --gpus all.",
            lines[0]);
    }

    [Fact]
    public void Run_DriverWithoutGpus_PointsAtTheContainer()
    {
        var lines = Lines(Machines.Target(Machines.With(0, "", new Version(), null, null)));

        Assert.Equal("Warning gpus: The driver sees no GPU. → In a container pass --gpus all; in a virtual machine pass the devices through.", lines[1]);
    }

    private static List<string> Lines(PreflightTarget target) => [.. GpuChecks.Run(target).Select(Machines.Line)];
}

using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Tests.Cpu;

namespace LlamaFp4.Native.Tests.Diagnostics;

public sealed class PreflightTests : IDisposable
{
    private readonly CpuSessionDirectory _checkpoint = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_NothingNamed_ChecksTheMachine()
    {
        var checks = await Preflight.RunAsync(cancellationToken: CancellationToken).ToListAsync(CancellationToken);

        Assert.Equal(["driver", "gpus", "blackwell", "trtllm-serve", "ports"], checks.Select(check => check.Name));
    }

    [Fact]
    public async Task RunAsync_SmallCheckpointWithoutGpu_GeneratesOnTheCpu()
    {
        var options = new PreflightOptions { CheckpointDirectory = _checkpoint.Path, Ports = [] };

        var checks = await Preflight.RunValidatedAsync(options, () => Machines.WithoutDriver, CancellationToken).ToListAsync(CancellationToken);

        Assert.Equal(
            ["driver", "gpus", "blackwell", "config", "weights", "tokenizer", "memory", "trtllm-serve", "ports", "generation"],
            checks.Select(check => check.Name));
        Assert.All(checks, check => Assert.Equal(PreflightStatus.Ok, check.Status));
        Assert.Matches(@"^One token from the CPU session in \d+\.\d\d s, loaded in \d+\.\d\d s\.$", checks[^1].Detail);
    }

    [Fact]
    public async Task RunAsync_BrokenCheckpoint_GeneratesNothing()
    {
        File.Delete(Path.Combine(_checkpoint.Path, "model.safetensors"));
        var options = new PreflightOptions { CheckpointDirectory = _checkpoint.Path };

        var checks = await Preflight.RunAsync(options, CancellationToken).ToListAsync(CancellationToken);

        Assert.Equal(PreflightStatus.Failure, new PreflightReport(checks).Status);
        Assert.DoesNotContain(checks, check => check.Name is "memory" or "generation");
    }

    [Fact]
    public void RunAsync_OptionOutOfRange_ThrowsAtTheCall()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Preflight.RunAsync(new PreflightOptions { Ports = [70_000] }, CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => Preflight.RunAsync(new PreflightOptions { TensorParallelSize = 0 }, CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => Preflight.RunAsync(new PreflightOptions { ContextLength = 0 }, CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => Preflight.RunAsync(new PreflightOptions { ConcurrentRequests = 0 }, CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => Preflight.RunAsync(new PreflightOptions { Timeout = TimeSpan.Zero }, CancellationToken));
        Assert.Throws<ArgumentException>(() => Preflight.RunAsync(new PreflightOptions { CheckpointDirectory = " " }, CancellationToken));
    }

    [Fact]
    public async Task RunAsync_Cancelled_Throws()
    {
        var options = new PreflightOptions { CheckpointDirectory = _checkpoint.Path };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Preflight.RunAsync(options, new CancellationToken(canceled: true)).ToListAsync(CancellationToken));
    }

    [Fact]
    public void ToJson_Report_HasStableNames()
    {
        var report = new PreflightReport(
        [
            PreflightCheck.Ok("gpus", "8 × NVIDIA B200."),
            PreflightCheck.Warning("ports", "Taken on loopback: 8000.", "Give the server another port."),
        ]);

        var json = report.ToJson();

        Assert.Equal(
            """
            {
              "status": "warning",
              "checks": [
                {
                  "name": "gpus",
                  "status": "ok",
                  "detail": "8 \u00D7 NVIDIA B200.",
                  "advice": null
                },
                {
                  "name": "ports",
                  "status": "warning",
                  "detail": "Taken on loopback: 8000.",
                  "advice": "Give the server another port."
                }
              ]
            }
            """,
            json);
    }

    [Fact]
    public void Status_NoChecks_IsOk()
    {
        Assert.Equal(PreflightStatus.Ok, new PreflightReport([]).Status);
    }

    public void Dispose() => _checkpoint.Dispose();
}

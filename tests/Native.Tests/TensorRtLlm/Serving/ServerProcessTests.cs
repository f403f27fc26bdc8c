using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

public sealed class ServerProcessTests : IDisposable
{
    private readonly Puppeteer _puppeteer = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _puppeteer.Dispose();

    [Fact]
    public async Task Start_ProcessIsTheServerItself()
    {
        await using var process = Start("/bin/sh", Watchdog.ArgumentsFor([Puppeteer.Program, "serve"], TimeSpan.FromSeconds(5), "start"));

        var puppet = await _puppeteer.NextAsync("server", Cancellation);
        await puppet.ExitAsync(7);

        Assert.Equal(process.Id, puppet.ProcessId);
        Assert.Equal(7, await process.Exited.WaitAsync(Puppeteer.Patience, Cancellation));
    }

    /// <summary>In a container the shell is the first process of its group, which setsid leaves by a fork.</summary>
    [Fact]
    public async Task Start_AsLeaderOfAGroup_ProcessIsTheServerItself()
    {
        await using var process = Start("/usr/bin/env", ["setsid", Watchdog.Shell, .. Watchdog.ArgumentsFor([Puppeteer.Program, "serve"], TimeSpan.FromSeconds(5), "leader")]);
        var puppet = await _puppeteer.NextAsync("server", Cancellation);
        await puppet.OrderAsync("spawn plain");
        var child = await _puppeteer.NextAsync("worker", Cancellation);

        Assert.Equal(process.Id, puppet.ProcessId);
        await process.DisposeAsync();

        await puppet.IsGoneAsync();
        await child.IsGoneAsync();
    }

    private ServerProcess Start(string fileName, IReadOnlyList<string> arguments) => ServerProcess.Start(
        new ServerCommand(fileName, arguments, new Dictionary<string, string> { ["PUPPET_STRINGS"] = _puppeteer.Port }), null, TimeSpan.FromSeconds(5), _ => { });
}

using LlamaFp4.Extensions.Tests.Loading;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlamaFp4.Extensions.Tests.Health;

public sealed class HealthCheckTests : IDisposable
{
    private readonly LoadGate _gate = new();
    private readonly ServiceCollection _services = new();

    public HealthCheckTests()
    {
        _services.AddLogging();
        _services.AddHealthChecks();
        _services.AddSingleton<IProgress<LoadProgress>>(_gate);
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checks_HaveNamesAndTags()
    {
        _services.AddLlamaFp4ChatClient();
        _services.AddLlamaFp4ChatClient();
        _services.AddKeyedLlamaFp4ChatClient("small");
        await using var provider = _services.BuildServiceProvider();

        var report = await CheckAsync(provider);

        Assert.Equal(
            ["llamafp4-live", "llamafp4-ready", "llamafp4-small-live", "llamafp4-small-ready"],
            report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["llamafp4", "ready"], report.Entries["llamafp4-small-ready"].Tags);
        Assert.Equal(["live", "llamafp4"], report.Entries["llamafp4-live"].Tags.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Checks_SwitchedOffByConfiguration_AreNotThere()
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("LlamaFp4:small:DisableHealthChecks", (string?)"true")]).Build());
        _services.AddLlamaFp4ChatClient();
        _services.AddKeyedLlamaFp4ChatClient("small");
        await using var provider = _services.BuildServiceProvider();

        var report = await CheckAsync(provider);

        Assert.Equal(["llamafp4-live", "llamafp4-ready"], report.Entries.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WhileLoading_IsLiveButNotReady()
    {
        _services.AddLlamaFp4ChatClient();
        await using var provider = _services.BuildServiceProvider();
        var loading = provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);
        await _gate.Reached;

        var (live, ready) = await StateAsync(provider);
        _gate.Open();
        await loading;

        Assert.Equal(HealthStatus.Healthy, live.Status);
        Assert.Equal(HealthStatus.Unhealthy, ready.Status);
        Assert.StartsWith("Loading the pocket model, 0 %", ready.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loaded_IsLiveAndReady()
    {
        _gate.Open();
        _services.AddLlamaFp4ChatClient();
        await using var provider = _services.BuildServiceProvider();
        await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);

        var (live, ready) = await StateAsync(provider);

        Assert.Equal(HealthStatus.Healthy, live.Status);
        Assert.Equal(HealthStatus.Healthy, ready.Status);
    }

    [Fact]
    public async Task FailedLoad_IsNeitherLiveNorReady()
    {
        _gate.Open();
        var directory = Directory.CreateTempSubdirectory("no-checkpoint-");
        _services.AddLlamaFp4ChatClient(options => options.Model = directory.FullName);
        await using var provider = _services.BuildServiceProvider();
        await Assert.ThrowsAsync<SessionUnavailableException>(() => provider.LoadLlamaFp4Async(cancellationToken: CancellationToken));

        var (live, ready) = await StateAsync(provider);

        Assert.Equal(HealthStatus.Unhealthy, live.Status);
        Assert.Equal(HealthStatus.Unhealthy, ready.Status);
        Assert.Contains("config.json", ready.Description, StringComparison.Ordinal);
        Assert.IsType<SessionUnavailableException>(ready.Exception);
        directory.Delete();
    }

    [Fact]
    public async Task NotYetAskedFor_IsReadyOnlyIfItLoadsOnTheFirstRequest()
    {
        _services.AddLlamaFp4ChatClient();
        _services.AddKeyedLlamaFp4ChatClient("lazy", options => options.Loading = ModelLoading.OnFirstRequest);
        await using var provider = _services.BuildServiceProvider();

        var report = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Unhealthy, report.Entries["llamafp4-ready"].Status);
        Assert.Equal(HealthStatus.Healthy, report.Entries["llamafp4-lazy-ready"].Status);
    }

    [Theory]
    [InlineData(true, true, HealthStatus.Healthy, HealthStatus.Healthy)]
    [InlineData(true, false, HealthStatus.Healthy, HealthStatus.Unhealthy)]
    [InlineData(false, false, HealthStatus.Unhealthy, HealthStatus.Unhealthy)]
    public async Task Session_SaysHowItIs(bool isUsable, bool hasRoom, HealthStatus live, HealthStatus ready)
    {
        var session = new CountedSession { Health = new() { IsUsable = isUsable, HasRoom = hasRoom, Description = "as the test says" } };
        _services.AddLlamaFp4ChatClient(_ => session);
        await using var provider = _services.BuildServiceProvider();

        var state = await StateAsync(provider);

        Assert.Equal(live, state.Live.Status);
        Assert.Equal(ready, state.Ready.Status);
        Assert.Equal("as the test says", state.Ready.Description);
    }

    public void Dispose() => _gate.Dispose();

    private static Task<HealthReport> CheckAsync(IServiceProvider provider) =>
        provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(CancellationToken);

    private static async Task<(HealthReportEntry Live, HealthReportEntry Ready)> StateAsync(IServiceProvider provider)
    {
        var report = await CheckAsync(provider);
        return (report.Entries["llamafp4-live"], report.Entries["llamafp4-ready"]);
    }
}

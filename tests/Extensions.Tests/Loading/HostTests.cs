using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Tests.Loading;

/// <summary>What a host does with the models that are registered, with the real pocket model.</summary>
public sealed class HostTests : IDisposable
{
    private readonly LoadGate _gate = new();
    private readonly DirectoryInfo _broken = Directory.CreateTempSubdirectory("no-checkpoint-");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Background_HostStartsBeforeItsModelIsLoaded_AndRequestsWait()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient());
        await host.StartAsync(CancellationToken);
        await _gate.Reached;

        var answer = host.Services.GetRequiredService<IChatClient>().GetResponseAsync("Hello!", new() { MaxOutputTokens = 2 }, CancellationToken);
        var wasWaiting = !answer.IsCompleted;
        _gate.Open();

        Assert.True(wasWaiting);
        Assert.Equal(2, (await answer).Usage!.OutputTokenCount);
        await host.StopAsync(CancellationToken);
    }

    [Fact]
    public async Task Background_StreamedRequest_WaitsToo()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient());
        await host.StartAsync(CancellationToken);
        await using var updates = host.Services.GetRequiredService<IChatClient>()
            .GetStreamingResponseAsync("Hello!", new() { MaxOutputTokens = 2 }, CancellationToken).GetAsyncEnumerator(CancellationToken);

        var first = updates.MoveNextAsync();
        var wasWaiting = !first.IsCompleted;
        _gate.Open();

        Assert.True(wasWaiting);
        Assert.True(await first);
        await host.StopAsync(CancellationToken);
    }

    [Fact]
    public async Task Background_HostStoppedWhileLoading_StopsAtOnce()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient());
        await host.StartAsync(CancellationToken);
        await _gate.Reached;

        await host.StopAsync(CancellationToken);
        var wasLoading = host.Services.GetRequiredService<IChatClient>().GetService<CpuSession>() is null;
        _gate.Open();

        Assert.True(wasLoading);
    }

    [Fact]
    public async Task Background_FailedLoad_StopsTheHostWithTheReason()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient(options => options.Model = _broken.FullName));
        _gate.Open();

        var failure = await Assert.ThrowsAsync<SessionUnavailableException>(() => host.RunAsync(CancellationToken));

        Assert.StartsWith($"Could not load {_broken.FullName}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Background_FailedLoadOfOneModel_DoesNotWaitForAnother()
    {
        using var host = Build(services =>
        {
            services.AddKeyedLlamaFp4ChatClient("held up");
            services.AddKeyedLlamaFp4ChatClient("broken", _ => throw new SessionUnavailableException("broken on purpose"));
        });
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(_gate.Open);

        var failure = await Assert.ThrowsAsync<SessionUnavailableException>(() => host.RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal("broken on purpose", failure.Message);
    }

    [Fact]
    public async Task BeforeStart_HostWaitsForItsModel()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient(options => options.Loading = ModelLoading.BeforeStart));

        var start = host.StartAsync(CancellationToken);
        await _gate.Reached;
        var wasWaiting = !start.IsCompleted;
        _gate.Open();
        await start;

        Assert.True(wasWaiting);
        Assert.NotNull(host.Services.GetRequiredService<IChatClient>().GetService<CpuSession>());
        await host.StopAsync(CancellationToken);
    }

    [Fact]
    public async Task BeforeStart_FailedLoad_FailsTheStart()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient(options =>
        {
            options.Model = _broken.FullName;
            options.Loading = ModelLoading.BeforeStart;
        }));
        _gate.Open();

        await Assert.ThrowsAsync<SessionUnavailableException>(() => host.StartAsync(CancellationToken));
    }

    [Fact]
    public async Task OnFirstRequest_HostLoadsNothing()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient(options => options.Loading = ModelLoading.OnFirstRequest));
        _gate.Open();

        await host.StartAsync(CancellationToken);
        await host.StopAsync(CancellationToken);

        Assert.Equal(0, _gate.Loads);
    }

    [Fact]
    public async Task Loading_IsLoggedWithItsProgress()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient(options => options.Loading = ModelLoading.BeforeStart));
        _gate.Open();

        await host.StartAsync(CancellationToken);
        await host.StopAsync(CancellationToken);

        var messages = host.Services.GetFakeLogCollector().GetSnapshot()
            .Where(record => record is { Category: "LlamaFp4.Extensions", Level: LogLevel.Information }).Select(record => record.Message).ToList();
        Assert.Equal("Running the pocket model on Cpu, because the pocket model needs no more", messages[0]);
        Assert.Equal("Loading the pocket model, 0 %: Reading and checking the checkpoint", messages[1]);
        Assert.Contains("Loading the pocket model, 100 %: Ready", messages);
        Assert.StartsWith("Loaded the pocket model in ", messages[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailedLoad_IsLoggedOnceAsError()
    {
        using var host = Build(services => services.AddLlamaFp4ChatClient(options => options.Model = _broken.FullName));
        var logs = host.Services.GetFakeLogCollector();
        _gate.Open();

        await Assert.ThrowsAsync<SessionUnavailableException>(() => host.RunAsync(CancellationToken));

        var error = Assert.Single(logs.GetSnapshot(), record => record is { Category: "LlamaFp4.Extensions", Level: LogLevel.Error });
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _gate.Dispose();
        _broken.Delete();
    }

    private IHost Build(Action<IServiceCollection> register)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Logging.AddFakeLogging();
        builder.Services.AddSingleton<IProgress<LoadProgress>>(_gate);
        register(builder.Services);
        return builder.Build();
    }
}

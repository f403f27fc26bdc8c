using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;
using LlamaFp4.Native.Tests.Telemetry;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

public sealed class TrtLlmServerTests : IDisposable
{
    private readonly Puppeteer _puppeteer = new();
    private readonly DirectoryInfo _model = Directory.CreateTempSubdirectory("model-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _puppeteer.Dispose();
        _model.Delete(recursive: true);
    }

    [Fact]
    public async Task StartAsync_ReturnsWhenTheServerAnswers()
    {
        var starting = StartAsync();
        var process = await NextServerAsync();
        Assert.False(starting.IsCompleted);

        await process.OrderAsync("answer 200");
        await using var server = await starting.WaitAsync(Puppeteer.Patience, Cancellation);

        Assert.Equal(TrtLlmServerState.Ready, server.State);
        Assert.Equal(process.ProcessId, server.ProcessId);
        Assert.Equal($"http://127.0.0.1:{ArgumentOf(process, "--port")}/", server.Endpoint.ToString());
        await server.WaitUntilReadyAsync(Cancellation);
    }

    [Fact]
    public async Task StartAsync_PassesArgumentsThatAShellWouldRead()
    {
        string[] arguments = ["--set", "a b", "$HOME", "`id`", "'", "\"", "*", ""];
        var starting = StartAsync(options => options.ExtraArguments = arguments);

        var process = await NextServerAsync();

        Assert.Equal(arguments, process.Arguments.TakeLast(arguments.Length));
        Assert.Equal(["serve", _model.FullName], process.Arguments.Take(2));
        await AnswerAndStopAsync(process, starting);
    }

    [Fact]
    public async Task StartAsync_WritesTheConfigurationThatItNames_AndRemovesItAtTheEnd()
    {
        var options = CreateOptions();
        var starting = TrtLlmServer.StartAsync(options, cancellationToken: Cancellation);
        var process = await NextServerAsync();
        var path = ArgumentOf(process, "--extra_llm_api_options");

        Assert.Equal(ServeArguments.ToYaml(options), await File.ReadAllTextAsync(path, Cancellation));
        await AnswerAndStopAsync(process, starting);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task StartAsync_SetsEnvironmentVariables()
    {
        var starting = StartAsync(options =>
        {
            options.Gpus = [4, 5];
            options.EnvironmentVariables["PURPOSE"] = "a test";
        });
        var process = await NextServerAsync();
        foreach (var name in (string[])["CUDA_VISIBLE_DEVICES", "PURPOSE", "TRTLLM_NO_USAGE_STATS"])
        {
            await process.OrderAsync($"environment {name}");
        }

        await process.OrderAsync("answer 200");
        var server = await starting;
        await server.DisposeAsync();

        Assert.Equal(["CUDA_VISIBLE_DEVICES=4,5", "PURPOSE=a test", "TRTLLM_NO_USAGE_STATS=1"], server.RecentOutput);
    }

    [Fact]
    public async Task StartAsync_ReportsLoadingFromTheOutput()
    {
        var reports = new Reports();
        var starting = TrtLlmServer.StartAsync(CreateOptions(), reports, cancellationToken: Cancellation);
        var process = await NextServerAsync();

        await process.OrderAsync(@"err Loading safetensors weights in parallel:  50%|#####     | 43/86 [00:40<00:40,  1.07it/s]\r");
        await process.OrderAsync("out Model init total -- 93.13s");
        await AnswerAndStopAsync(process, starting);

        Assert.Equal(0, reports.First.Fraction);
        Assert.Contains(new LoadProgress(1, "Ready"), reports.All);
        Assert.Contains(reports.All, report => report.Stage == "Reserving the KV cache");
    }

    [Fact]
    public async Task StartAsync_ServerEnds_TellsExitCodeCommandAndLastLines()
    {
        var starting = StartAsync();
        var process = await NextServerAsync();
        await process.OrderAsync(@"err ValueError: the checkpoint has no lm_head\r");

        await process.ExitAsync(3);
        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => starting);

        Assert.Contains("exit code 3", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ValueError: the checkpoint has no lm_head", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"serve {_model.FullName}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_KnownCause_SaysWhatToDo()
    {
        var starting = StartAsync();
        var process = await NextServerAsync();
        await process.OrderAsync("err Error: No such option: --grpc");

        await process.ExitAsync(2);
        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => starting);

        Assert.Contains("set Transport to Http", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_PortTakenMeanwhile_TriesAnother()
    {
        var starting = StartAsync();
        var first = await NextServerAsync();
        await first.OrderAsync("err RuntimeError: Failed to bind socket to 127.0.0.1:1: Address already in use");

        await first.ExitAsync(1);
        var second = await NextServerAsync();

        Assert.NotEqual(first.ProcessId, second.ProcessId);
        await AnswerAndStopAsync(second, starting);
    }

    [Fact]
    public async Task StartAsync_ChosenPortInUse_Throws()
    {
        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => StartAsync(options => options.Port = int.Parse(_puppeteer.Port, CultureInfo.InvariantCulture)));

        Assert.Contains($"port {_puppeteer.Port}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_Canceled_StopsTheServer()
    {
        using var source = new CancellationTokenSource();
        var starting = TrtLlmServer.StartAsync(CreateOptions(), cancellationToken: source.Token);
        var process = await NextServerAsync();

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Equal(source.Token, exception.CancellationToken);
        await process.IsGoneAsync();
    }

    [Fact]
    public async Task StartAsync_DeadlinePasses_StopsTheServer()
    {
        var time = new HeldTime();
        var starting = StartAsync(options => options.TimeProvider = time);
        var process = await NextServerAsync();
        await process.OrderAsync("out still loading");

        (await time.NextAsync(TimeSpan.FromMinutes(30), Cancellation)).Fire();
        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => starting);

        Assert.Contains("did not answer within 00:30:00", exception.Message, StringComparison.Ordinal);
        Assert.Contains("still loading", exception.Message, StringComparison.Ordinal);
        await process.IsGoneAsync();
    }

    [Fact]
    public async Task StartAsync_NoSuchExecutable_Throws()
    {
        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => StartAsync(options => options.ExecutablePath = "/no/such/trtllm-serve"));

        Assert.Contains("/no/such/trtllm-serve", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_EndsEverythingTheServerStarted()
    {
        var (server, process) = await StartReadyAsync();
        var child = await SpawnAsync(process, "plain");
        var escaped = await SpawnAsync(process, "setsid");

        await server.DisposeAsync();

        await process.IsGoneAsync();
        await child.IsGoneAsync();
        await escaped.IsGoneAsync();
        Assert.Equal(TrtLlmServerState.Stopped, server.State);
        Assert.Null(server.ProcessId);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => server.WaitUntilReadyAsync(Cancellation));
    }

    [Fact]
    public async Task DisposeAsync_ServerIgnoresSigterm_IsKilled()
    {
        var (server, process) = await StartReadyAsync(options => options.StopTimeout = TimeSpan.FromSeconds(1));
        await process.OrderAsync("ignore-sigterm");

        await server.DisposeAsync();

        await process.IsGoneAsync();
    }

    [Fact]
    public async Task Dispose_TwiceAndBoth_IsHarmless()
    {
        var (server, process) = await StartReadyAsync();

        server.Dispose();
        server.Dispose();
        await server.DisposeAsync();

        await process.IsGoneAsync();
    }

    [Fact]
    public async Task Kill_ServerWithChildren_IsStartedAgainOnTheSamePortAfterItsChildrenAreGone()
    {
        using var meter = new MeterRecorder(_model.Name);
        var time = new HeldTime();
        var (server, first) = await StartReadyAsync(options => options.TimeProvider = time);
        await using var _ = server;
        var endpoint = server.Endpoint;
        var escaped = await SpawnAsync(first, "setsid");

        first.Kill();

        await escaped.IsGoneAsync();
        var restart = await time.NextAsync(TimeSpan.FromSeconds(1), Cancellation);
        Assert.Equal(TrtLlmServerState.Restarting, server.State);
        var waiting = server.WaitUntilReadyAsync(Cancellation);
        Assert.False(waiting.IsCompleted);
        restart.Fire();
        var second = await NextServerAsync();
        await second.OrderAsync("answer 200");
        await waiting.WaitAsync(Puppeteer.Patience, Cancellation);
        Assert.Equal(endpoint, server.Endpoint);
        Assert.Equal(1, server.RestartCount);
        Assert.Equal(endpoint.Port, Assert.Single(meter.Of("llamafp4.server.restarts")).Tags["server.port"]);
        Assert.Equal(second.ProcessId, server.ProcessId);
    }

    [Fact]
    public async Task Crash_AgainAndAgain_WaitsTwiceAsLong_AfterAStableRunFromTheBeginning()
    {
        var time = new HeldTime();
        var (server, process) = await StartReadyAsync(options =>
        {
            options.TimeProvider = time;
            options.MaxRestartDelay = TimeSpan.FromSeconds(3);
        });
        await using var _ = server;
        foreach (var seconds in (int[])[1, 2, 3, 3])
        {
            await process.ExitAsync(1);
            (await time.NextAsync(TimeSpan.FromSeconds(seconds), Cancellation)).Fire();
            process = await NextServerAsync();
            await process.OrderAsync("answer 200");
            await server.WaitUntilReadyAsync(Cancellation);
        }

        time.Advance(TimeSpan.FromMinutes(10));
        await process.ExitAsync(1);

        await time.NextAsync(TimeSpan.FromSeconds(1), Cancellation);
    }

    [Fact]
    public async Task Unwell_SeveralTimesInARow_IsStartedAgain()
    {
        var time = new HeldTime();
        var (server, first) = await StartReadyAsync(options => options.TimeProvider = time);
        await using var _ = server;
        foreach (var status in (int[])[503, 503, 503, 200, 503, 503, 503, 503])
        {
            var check = await time.NextAsync(TimeSpan.FromSeconds(15), Cancellation);
            await first.OrderAsync($"answer {status}");
            check.Fire();
        }

        await first.IsGoneAsync();
        (await time.NextAsync(TimeSpan.FromSeconds(1), Cancellation)).Fire();
        await (await NextServerAsync()).OrderAsync("answer 200");
        await server.WaitUntilReadyAsync(Cancellation).WaitAsync(Puppeteer.Patience, Cancellation);

        Assert.Equal(1, server.RestartCount);
    }

    [Fact]
    public async Task Restart_Fails_IsTriedAgain()
    {
        var time = new HeldTime();
        var (server, first) = await StartReadyAsync(options => options.TimeProvider = time);
        await using var _ = server;

        first.Kill();
        (await time.NextAsync(TimeSpan.FromSeconds(1), Cancellation)).Fire();
        await (await NextServerAsync()).ExitAsync(1);
        (await time.NextAsync(TimeSpan.FromSeconds(2), Cancellation)).Fire();
        await (await NextServerAsync()).OrderAsync("answer 200");
        await server.WaitUntilReadyAsync(Cancellation).WaitAsync(Puppeteer.Patience, Cancellation);

        Assert.Equal(2, server.RestartCount);
    }

    [Fact]
    public async Task DisposeAsync_BetweenCrashAndRestart_Ends()
    {
        var time = new HeldTime();
        var (server, process) = await StartReadyAsync(options => options.TimeProvider = time);
        process.Kill();
        await time.NextAsync(TimeSpan.FromSeconds(1), Cancellation);

        await server.DisposeAsync();

        Assert.Equal(TrtLlmServerState.Stopped, server.State);
    }

    [Fact]
    public async Task Kill_Owner_EndsTheServerAndEverythingItStarted()
    {
        var start = new ProcessStartInfo(Puppeteer.Program, ["own", _model.FullName]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["PUPPET_STRINGS"] = _puppeteer.Port;
        using var owner = Process.Start(start)!;
        var process = await NextServerAsync();
        await process.OrderAsync("answer 200");
        Assert.Equal("ready", await owner.StandardOutput.ReadLineAsync(Cancellation));
        var escaped = await SpawnAsync(process, "setsid");

        owner.Kill();

        await process.IsGoneAsync();
        await escaped.IsGoneAsync();
    }

    [Fact]
    public async Task Kill_OwnerWhileLoading_EndsAServerThatIgnoresSigterm()
    {
        var start = new ProcessStartInfo(Puppeteer.Program, ["own", _model.FullName]) { RedirectStandardInput = true };
        start.Environment["PUPPET_STRINGS"] = _puppeteer.Port;
        using var owner = Process.Start(start)!;
        var process = await NextServerAsync();
        await process.OrderAsync("ignore-sigterm");

        owner.Kill();

        await process.IsGoneAsync();
    }

    private async Task<Puppet> NextServerAsync() => await _puppeteer.NextAsync("server", Cancellation);

    private async Task<Puppet> SpawnAsync(Puppet process, string launcher)
    {
        await process.OrderAsync($"spawn {launcher}");
        return await _puppeteer.NextAsync("worker", Cancellation);
    }

    private static string ArgumentOf(Puppet process, string option) => process.Arguments[Array.IndexOf(process.Arguments, option) + 1];

    private static async Task AnswerAndStopAsync(Puppet process, Task<TrtLlmServer> starting)
    {
        await process.OrderAsync("answer 200");
        await (await starting.WaitAsync(Puppeteer.Patience, Cancellation)).DisposeAsync();
    }

    private async Task<(TrtLlmServer Server, Puppet Process)> StartReadyAsync(Action<TrtLlmServerOptions>? configure = null)
    {
        var starting = StartAsync(configure);
        var process = await NextServerAsync();
        await process.OrderAsync("answer 200");
        return (await starting.WaitAsync(Puppeteer.Patience, Cancellation), process);
    }

    private Task<TrtLlmServer> StartAsync(Action<TrtLlmServerOptions>? configure = null)
    {
        var options = CreateOptions();
        configure?.Invoke(options);
        return TrtLlmServer.StartAsync(options, cancellationToken: Cancellation);
    }

    private TrtLlmServerOptions CreateOptions() => new()
    {
        ModelDirectory = _model.FullName,
        ExecutablePath = Puppeteer.Program,
        Transport = TensorRtLlmTransport.Http,
        EnvironmentVariables = { ["PUPPET_STRINGS"] = _puppeteer.Port },
    };

    private sealed class Reports : IProgress<LoadProgress>
    {
        public ConcurrentQueue<LoadProgress> All { get; } = new();

        public LoadProgress First => All.First();

        public void Report(LoadProgress value) => All.Enqueue(value);
    }
}

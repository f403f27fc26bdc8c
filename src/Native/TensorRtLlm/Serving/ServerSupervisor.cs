using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Keeps one server running: starts it, waits for health, starts it again after a crash, and stops it.</summary>
internal sealed partial class ServerSupervisor : IDisposable
{
    private const int KeptLines = 200;
    private const int PortAttempts = 5;

    // A fatal error ends an HTTP server, but a gRPC server stays and says forever that it is unwell.
    private const int UnwellAnswers = 4;

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(15);

    private readonly ServerLauncher _launcher;
    private readonly TrtLlmServerOptions _options;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly ILogger _logger;
    private readonly RestartBackoff _backoff;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private volatile OutputTail _output = new(KeptLines);
    private TaskCompletionSource _ready = NewSignal();
    private Task _run = Task.CompletedTask;
    private Task? _stop;
    private int _port;
    private volatile int _processId;
    private volatile int _restartCount;
    private TrtLlmServerState _state;

    /// <param name="launcher">Owned from now on.</param>
    /// <param name="progress">Told how far loading has come.</param>
    /// <param name="logger">Where starts and crashes are logged.</param>
    public ServerSupervisor(ServerLauncher launcher, IProgress<LoadProgress>? progress, ILogger logger)
    {
        _launcher = launcher;
        _options = launcher.Options;
        _progress = progress;
        _logger = logger;
        _backoff = new RestartBackoff(_options.RestartDelay, _options.MaxRestartDelay, _options.StableTime);
    }

    public Uri Endpoint => new($"{SchemeOf(_options.Transport)}://127.0.0.1:{_port}");

    public TrtLlmServerState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    public int RestartCount => _restartCount;

    private string ModelName => Path.GetFileName(Path.TrimEndingDirectorySeparator(_options.ModelDirectory));

    public int? ProcessId => _processId is > 0 and var id ? id : null;

    public IReadOnlyList<string> RecentOutput => _output.Lines;

    /// <summary>The first start. If it fails, nothing is left of it.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var process = await StartFirstAsync(cancellationToken).ConfigureAwait(false);
            _run = RunAsync(process);
        }
        catch
        {
            EnterState(TrtLlmServerState.Stopped);
            Dispose();
            throw;
        }
    }

    public Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _ready.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the server; every call returns when it is gone.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            return _stop ??= StopCoreAsync();
        }
    }

    /// <summary>Lets go of what is left when the server has ended.</summary>
    public void Dispose()
    {
        _launcher.Dispose();
        _stopping.Dispose();
    }

    private async Task StopCoreAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Dispose();
        LogStopped(Endpoint);
    }

    private async Task<ServerProcess> StartFirstAsync(CancellationToken cancellationToken)
    {
        if (_options.Port is { } chosen && LoopbackPort.IsTaken(chosen))
        {
            // Its answers would be taken for those of the server that cannot start because of it.
            throw new SessionUnavailableException($"Another process listens on port {chosen} already. Set Port to a free one, or leave it out.");
        }

        for (var attempt = 1; ; attempt++)
        {
            _port = _options.Port ?? LoopbackPort.FindFree();
            try
            {
                return await StartProcessAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SessionUnavailableException) when (_options.Port is null && attempt < PortAttempts && FailureHint.IsPortTaken(RecentOutput))
            {
                LogPortTaken(_port);
            }
        }
    }

    /// <summary>Starts the server and waits until it answers. If it does not, it is gone when this throws.</summary>
    private async Task<ServerProcess> StartProcessAsync(CancellationToken cancellationToken)
    {
        var output = new OutputTail(KeptLines);
        var loading = new LoadingOutput(_progress);
        _output = output;
        EnterState(TrtLlmServerState.Starting);
        var command = _launcher.Describe(_port);
        LogStarting(command);
        loading.Start();
        var process = _launcher.Start(_port, line =>
        {
            output.Append(line);
            loading.Append(line);
            LogOutput(line);
            WarnOfSmallCache(line);
        });
        try
        {
            _processId = process.Id;
            await WaitUntilReadyAsync(process, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _processId = 0;
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        loading.Complete();
        EnterState(TrtLlmServerState.Ready);
        LogReady(Endpoint, process.Id);
        return process;
    }

    private async Task WaitUntilReadyAsync(ServerProcess process, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.StartTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token, _stopping.Token);
        try
        {
            using var health = await ServerHealth.OpenAsync(Endpoint, _options, either.Token).ConfigureAwait(false);
            while (await health.AskAsync(either.Token).ConfigureAwait(false) != ServerHealth.Verdict.Well)
            {
                var pause = Task.Delay(ProbeInterval, either.Token);
                if (await Task.WhenAny(process.Exited, pause).ConfigureAwait(false) == process.Exited)
                {
                    var code = await process.Exited.ConfigureAwait(false);
                    throw await DescribeFailureAsync(process, $"ended with exit code {code} before it answered").ConfigureAwait(false);
                }

                await pause.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            throw await DescribeFailureAsync(process, $"did not answer within {_options.StartTimeout}").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async Task RunAsync(ServerProcess process)
    {
        var running = process;
        try
        {
            while (true)
            {
                var readyTime = await WatchAsync(running).ConfigureAwait(false);
                if (_stopping.IsCancellationRequested)
                {
                    break;
                }

                running = await RestartAsync(readyTime).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped between a crash and the restart.
        }
        finally
        {
            EnterState(TrtLlmServerState.Stopped);
        }
    }

    /// <summary>Returns when the server and what it started are gone, with the time it had answered.</summary>
    private async Task<TimeSpan> WatchAsync(ServerProcess process)
    {
        var start = _options.TimeProvider.GetTimestamp();
        await using (process.ConfigureAwait(false))
        {
            await UntilItFailsAsync(process).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _processId = 0;
        if (!_stopping.IsCancellationRequested)
        {
            LogCrashed(await process.Exited.ConfigureAwait(false), string.Join(Environment.NewLine, RecentOutput.TakeLast(20)));
        }

        return _options.TimeProvider.GetElapsedTime(start);
    }

    /// <summary>Returns when the server has ended, or has said several times in a row that it is unwell. One that is too busy to answer is left alone.</summary>
    private async Task UntilItFailsAsync(ServerProcess process)
    {
        using var health = await ServerHealth.OpenAsync(Endpoint, _options, _stopping.Token).ConfigureAwait(false);
        for (var answers = 0; answers < UnwellAnswers;)
        {
            using var leave = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            var pause = Task.Delay(HealthInterval, _options.TimeProvider, leave.Token);
            if (await Task.WhenAny(process.Exited, pause).ConfigureAwait(false) == process.Exited)
            {
                await leave.CancelAsync().ConfigureAwait(false);
                return;
            }

            await pause.ConfigureAwait(false);
            answers = await health.AskAsync(_stopping.Token).ConfigureAwait(false) == ServerHealth.Verdict.Unwell ? answers + 1 : 0;
        }

        LogUnwell(UnwellAnswers);
    }

    private async Task<ServerProcess> RestartAsync(TimeSpan readyTime)
    {
        for (var answered = readyTime; ; answered = TimeSpan.Zero)
        {
            var delay = _backoff.After(answered);
            EnterState(TrtLlmServerState.Restarting);
            LogRestarting(delay);
            await Task.Delay(delay, _options.TimeProvider, _stopping.Token).ConfigureAwait(false);
            _restartCount++;
            ServerInstruments.Restarts.Add(1, [new("gen_ai.request.model", ModelName), .. ServerTelemetry.AddressTags(Endpoint)]);
            try
            {
                return await StartProcessAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // Whatever it was, such as a disk that is not mounted any more, may be gone at the next attempt.
                LogRestartFailed(failure);
            }
        }
    }

    private async Task<SessionUnavailableException> DescribeFailureAsync(ServerProcess process, string what)
    {
        // Its last words may still be on their way.
        await process.DisposeAsync().ConfigureAwait(false);
        var lines = RecentOutput;
        var output = lines.Count == 0 ? "It printed nothing." : $"Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}";
        return new SessionUnavailableException(
            $"trtllm-serve {what}.{FailureHint.For(lines)}{Environment.NewLine}Command: {_launcher.Describe(_port)}{Environment.NewLine}{output}");
    }

    private void EnterState(TrtLlmServerState state)
    {
        lock (_gate)
        {
            _state = state;
            switch (state)
            {
                case TrtLlmServerState.Ready:
                    _ready.TrySetResult();
                    break;
                case TrtLlmServerState.Stopped:
                    _ready = _ready.Task.IsCompleted ? NewSignal() : _ready;
                    _ready.SetException(new ObjectDisposedException(nameof(TrtLlmServer)));
                    _ = _ready.Task.Exception;
                    break;
                default:
                    _ready = _ready.Task.IsCompleted ? NewSignal() : _ready;
                    break;
            }
        }
    }

    private static string SchemeOf(TensorRtLlmTransport transport) => transport switch
    {
        TensorRtLlmTransport.Smg => "smg",
        TensorRtLlmTransport.OpenEngine => "openengine",
        _ => "http",
    };

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

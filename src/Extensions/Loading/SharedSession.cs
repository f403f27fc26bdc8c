using System.Diagnostics;
using LlamaFp4.Extensions.Engines;
using LlamaFp4.Extensions.Telemetry;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Extensions.Loading;

/// <summary>One session, however many registrations name it: opened once, when first asked for, on a thread of the pool.</summary>
/// <remarks>What failed is tried again when asked for again. Nobody's cancellation ends the opening but the container's disposal.</remarks>
internal sealed partial class SharedSession : IDisposable, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly string _model;
    private readonly string _modelId;
    private readonly SessionOpener _open;
    private readonly IProgress<LoadProgress>? _listener;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private OpenedSession? _owned;
    private Task<ITokenSession>? _opening;
    private LoadReport? _report;
    private bool _isClosed;

    /// <param name="model">The model, in words.</param>
    /// <param name="modelId">The model, in measurements.</param>
    /// <param name="open">Opens the session, which is owned here.</param>
    /// <param name="listener">Told of the progress.</param>
    /// <param name="logger">Where begin, progress and end go.</param>
    /// <param name="clock">Measures waits and loading.</param>
    public SharedSession(string model, string modelId, SessionOpener open, IProgress<LoadProgress>? listener, ILogger logger, TimeProvider clock)
    {
        (_model, _modelId, _open, _listener, _logger, _clock) = (model, modelId, open, listener, logger, clock);
    }

    private SharedSession(ITokenSession session)
        : this("the session", "", (_, _) => throw new UnreachableException(), listener: null, NullLogger.Instance, TimeProvider.System)
    {
        _opening = Task.FromResult(session);
    }

    /// <summary>The session, if it is open.</summary>
    public ITokenSession? Ready => Volatile.Read(ref _opening) is { IsCompletedSuccessfully: true } opened ? opened.Result : null;

    /// <summary>Whether nothing has gone wrong before it is open.</summary>
    public bool IsOnItsWay => !IsClosed && Ready is null && Failure is null;

    /// <summary>Whether anybody has asked for it yet.</summary>
    public bool HasBegun => Volatile.Read(ref _opening) is not null;

    /// <summary>Why it could not be opened at the last attempt.</summary>
    public Exception? Failure => Volatile.Read(ref _opening)?.Exception?.InnerException;

    /// <summary>How the session is doing, or how far it is.</summary>
    public SessionHealth Health =>
        IsClosed ? Unusable("Disposed")
        : Ready is { } session ? session.Health
        : Unusable(Status);

    /// <summary>How far loading is, or why it failed, in words.</summary>
    public string Status => Failure?.Message ?? (Volatile.Read(ref _report) is { } report ? $"Loading {_model}, {report}" : $"Not loading {_model} yet");

    /// <summary>What is behind a registered session: for one of the application's own, that session, which stays the application's.</summary>
    public static SharedSession Behind(ITokenSession registered) =>
        registered is DeferredSession deferred ? deferred.Session : new SharedSession(registered);

    /// <summary>The session; begins to open it unless that has begun and not failed.</summary>
    /// <exception cref="SessionUnavailableException">It cannot be opened.</exception>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    public Task<ITokenSession> OpenAsync()
    {
        if (Volatile.Read(ref _opening) is { IsCompletedSuccessfully: true } opened)
        {
            return opened;
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(ITokenSession));
            if (_opening is null or { IsFaulted: true })
            {
                _report = new LoadReport(_model, _listener, _logger, _clock);
                _opening = OutsideOfTheRequest(() => RunAsync(_report));
            }

            return _opening;
        }
    }

    /// <summary>The session; waits for it, but not longer than allowed.</summary>
    /// <param name="timeout">Longest wait.</param>
    /// <param name="timeoutKey">Configuration key of the longest wait, for the message.</param>
    /// <param name="cancellationToken">Ends the wait; loading goes on.</param>
    /// <exception cref="SessionUnavailableException">It cannot be opened, or not within the wait.</exception>
    /// <exception cref="ObjectDisposedException">The container has been disposed.</exception>
    public async Task<ITokenSession> WaitAsync(TimeSpan timeout, string timeoutKey, CancellationToken cancellationToken)
    {
        LoadTelemetry.AddWaiting(_modelId, 1);
        try
        {
            return await OpenAsync().WaitAsync(timeout, _clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new SessionUnavailableException(
                FormattableString.Invariant($"{Status}. A request waits {timeout} for the model, as {timeoutKey} says. ")
                + "Try again later, or let requests wait longer.");
        }
        finally
        {
            LoadTelemetry.AddWaiting(_modelId, -1);
        }
    }

    /// <summary>Disposes the session, or ends its opening at the next step.</summary>
    public void Dispose()
    {
        if (TryClose())
        {
            _owned?.Dispose();
        }
    }

    /// <summary>Disposes the session, or ends its opening and waits until that has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!TryClose())
        {
            return;
        }

        if (_owned is { } opened)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
        }

        if (_opening is { } opening)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool IsClosed => Volatile.Read(ref _isClosed);

    private static SessionHealth Unusable(string description) => new() { IsUsable = false, HasRoom = false, Description = description };

    private bool TryClose()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _isClosed = true;
        }

        _closing.Cancel();
        _closing.Dispose();
        return true;
    }

    // A request that happens to be the first one must not lend its activity and its log scopes to whatever lives as long as the session.
    private static Task<ITokenSession> OutsideOfTheRequest(Func<Task<ITokenSession>> open)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(open);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(open);
        }
    }

    private async Task<ITokenSession> RunAsync(LoadReport report)
    {
        var activity = LoadTelemetry.Begin(_modelId);
        Exception? interruption = null;
        try
        {
            var opened = await _open(report, _closing.Token).ConfigureAwait(false);
            if (TryKeep(opened))
            {
                var session = opened.Session;
                LoadTelemetry.End(activity, _modelId, report.Elapsed, failure: null);
                LogReady(_logger, _model, report.Elapsed.TotalSeconds, session.Model.EngineName, session.Model.Device);
                return session;
            }

            await opened.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (!IsClosed)
        {
            LoadTelemetry.End(activity, _modelId, report.Elapsed, failure);
            LogFailed(_logger, _model, report.Elapsed.TotalSeconds, failure.Message);
            throw new SessionUnavailableException($"Could not load {_model}: {failure.Message}", failure);
        }
        catch (Exception failure)
        {
            interruption = failure; // Whatever it was: the container was disposed meanwhile.
        }

        ObjectDisposedException disposed = new(nameof(ITokenSession), interruption);
        LoadTelemetry.End(activity, _modelId, report.Elapsed, disposed);
        throw disposed;
    }

    private bool TryKeep(OpenedSession opened)
    {
        lock (_lock)
        {
            _owned = _isClosed ? null : opened;
            return !_isClosed;
        }
    }

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "Loaded {Model} in {Seconds:0.0} s: engine {Engine} on {Device}")]
    private static partial void LogReady(ILogger logger, string model, double seconds, string engine, string device);

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "Could not load {Model}, after {Seconds:0.0} s: {Reason}")]
    private static partial void LogFailed(ILogger logger, string model, double seconds, string reason);
}

/// <summary>Opens a session.</summary>
/// <param name="progress">Told as loading goes on.</param>
/// <param name="cancellationToken">Ends the loading.</param>
internal delegate Task<OpenedSession> SessionOpener(IProgress<LoadProgress> progress, CancellationToken cancellationToken);

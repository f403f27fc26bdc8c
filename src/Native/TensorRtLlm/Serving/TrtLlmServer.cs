using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>A local <c>trtllm-serve</c> for one checkpoint: started, watched, restarted after a crash, and stopped.</summary>
/// <remarks>
/// <para>The server listens on the loopback interface only. It and everything it started end when this object is disposed, and also
/// when this process ends in any other way, <c>kill -9</c> included.</para>
/// <para>Ownership: whoever starts it disposes it, after the sessions that use it. Disposing gives running requests
/// <see cref="TrtLlmServerOptions.StopTimeout"/> to end. <see cref="Dispose"/> blocks for as long.</para>
/// <para>A restart loses what the server was computing: requests that had begun fail, and it is for their callers to repeat them.</para>
/// <para>Thread-safety: every member may be called concurrently.</para>
/// </remarks>
public sealed class TrtLlmServer : IAsyncDisposable, IDisposable
{
    private readonly ServerSupervisor _supervisor;

    private TrtLlmServer(ServerSupervisor supervisor) => _supervisor = supervisor;

    /// <summary>Where it is reached, for <see cref="TensorRtLlmOptions.Endpoints"/>. The same over restarts.</summary>
    public Uri Endpoint => _supervisor.Endpoint;

    /// <summary>What it is doing now.</summary>
    public TrtLlmServerState State => _supervisor.State;

    /// <summary>How often it has been started again.</summary>
    public int RestartCount => _supervisor.RestartCount;

    /// <summary>Process id of the server; of <c>docker run</c> if it runs in a container. <see langword="null"/> while it is not running.</summary>
    public int? ProcessId => _supervisor.ProcessId;

    /// <summary>The last lines it printed, oldest first, at most 200.</summary>
    public IReadOnlyList<string> RecentOutput => _supervisor.RecentOutput;

    /// <summary>Full path of the <c>trtllm-serve</c> on <c>PATH</c>.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public static string? FindExecutable() => ServerExecutable.FindOnPath("trtllm-serve");

    /// <summary>Starts the server and returns when it answers.</summary>
    /// <param name="options">What to serve and how. Read completely before the call returns its task.</param>
    /// <param name="progress">Told how far loading has come; from any thread, also at restarts.</param>
    /// <param name="loggerFactory">Where starts, crashes and stops are logged, and at debug level what the server prints; <see langword="null"/>: nowhere.</param>
    /// <param name="cancellationToken">Stops the start and the server.</param>
    /// <exception cref="ArgumentException">An option is missing, out of its range, or contradicts another one.</exception>
    /// <exception cref="PlatformNotSupportedException">TensorRT-LLM does not run on this system, and no container is asked for.</exception>
    /// <exception cref="SessionUnavailableException">
    /// It cannot be started, ended while loading, or did not answer within <see cref="TrtLlmServerOptions.StartTimeout"/>. The message
    /// holds the command and the last lines it printed.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the server has been stopped.</exception>
    public static Task<TrtLlmServer> StartAsync(
        TrtLlmServerOptions options,
        IProgress<LoadProgress>? progress = null,
        ILoggerFactory? loggerFactory = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger(typeof(TrtLlmServer).FullName!);
        return StartAsync(new ServerSupervisor(new ServerLauncher(options), progress, logger), cancellationToken);
    }

    /// <summary>Returns when the server answers: at once, or after the restart that is under way.</summary>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <exception cref="ObjectDisposedException">The server has been stopped.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken = default) => _supervisor.WaitUntilReadyAsync(cancellationToken);

    /// <summary>Stops the server and returns when it and everything it started are gone.</summary>
    public ValueTask DisposeAsync() => new(_supervisor.StopAsync());

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => _supervisor.StopAsync().GetAwaiter().GetResult();

    private static async Task<TrtLlmServer> StartAsync(ServerSupervisor supervisor, CancellationToken cancellationToken)
    {
        await supervisor.StartAsync(cancellationToken).ConfigureAwait(false);
        return new TrtLlmServer(supervisor);
    }
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>One endpoint: its connection, what is known of it, and how busy it is.</summary>
/// <remarks>The mutable members belong to <see cref="ServerPool"/> and are guarded by its lock.</remarks>
internal sealed class Server(ServerAddress address, ServerPool pool) : IDisposable
{
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);

    private ServerConnection? _connection;
    private ServerTelemetry? _telemetry;

    public ServerState State { get; set; }

    /// <summary>Requests it has been given and not yet ended.</summary>
    public int Running { get; set; }

    /// <summary>What kept it from being used; null while it is.</summary>
    public LlamaFp4Exception? Failure { get; set; }

    /// <summary>Whether waiting cannot help: it runs another model, does not let us in, or speaks something else.</summary>
    public bool IsHopeless => Failure is CheckpointException
        || Failure?.InnerException is ServerFailureException { Kind: ServerFailureKind.Denied or ServerFailureKind.NotSupported or ServerFailureKind.Protocol };

    public ServerDescription? Description { get; set; }

    public ServerConnection Connection => _connection ?? throw new InvalidOperationException("The server has not been reached yet.");

    public ServerTelemetry Telemetry => _telemetry ?? throw new InvalidOperationException("The session does not know its model yet.");

    /// <summary>What to call it in messages: wire format and address.</summary>
    public string Name => _connection is null ? $"server {address}" : $"{_connection.Protocol} server {address}";

    public int Capacity => pool.Options.MaxConcurrentRequests ?? Description?.MaxConcurrentRequests ?? 256;

    public bool HasPlace => State == ServerState.Up && Running < Capacity;

    /// <summary>The session knows its model: the server can be told of under its name.</summary>
    public void BeginTelemetry(SessionTelemetry session, Func<ServerLoad> read) => _telemetry = new ServerTelemetry(session, address.HttpUri, read);

    /// <summary>Finds out what the server is and checks that it runs the checkpoint and generates.</summary>
    /// <exception cref="ServerFailureException">It does not answer, or does not generate.</exception>
    /// <exception cref="CheckpointException">It runs another model.</exception>
    public async Task<ServerDescription> JoinAsync(CancellationToken cancellationToken)
    {
        _connection ??= await InTimeAsync(token => ServerConnectionFactory.OpenAsync(address, pool.Options, token), cancellationToken).ConfigureAwait(false);
        var description = await InTimeAsync(_connection.DescribeAsync, cancellationToken).ConfigureAwait(false);
        pool.Checkpoint.RequireSameModel(Name, description);
        await CheckHealthAsync(cancellationToken).ConfigureAwait(false);
        return await new ServerProbe(_connection, pool).RunAsync(description, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="ServerFailureException">It is not well, or does not answer in time.</exception>
    public Task CheckHealthAsync(CancellationToken cancellationToken) => InTimeAsync(
        async token =>
        {
            await Connection.CheckHealthAsync(token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Tells the server to stop a request that was left, without waiting for it.</summary>
    public void Abort(string requestId)
    {
        Telemetry.Aborted();
        _ = AbortAsync(requestId);
    }

    public void Dispose()
    {
        _telemetry?.Dispose();
        _connection?.Dispose();
    }

    private async Task AbortAsync(string requestId)
    {
        using var timeout = new CancellationTokenSource(AbortTimeout, pool.Options.TimeProvider);
        try
        {
            await Connection.AbortAsync(requestId, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The call itself has been cancelled, so the server knows already; this was the second way to say it.
            pool.Log.AbortFailed(Name, exception.Message);
        }
    }

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(pool.Options.ConnectTimeout, pool.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await ask(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ServerFailureException(ServerFailureKind.Unavailable, $"did not answer within {pool.Options.ConnectTimeout} (ConnectTimeout)");
        }
    }
}

/// <summary>Whether requests may go to a server.</summary>
internal enum ServerState
{
    /// <summary>Not reached, or found unwell.</summary>
    Down,

    /// <summary>A request has lost its connection to it; a health check is on its way.</summary>
    Suspect,

    /// <summary>In use.</summary>
    Up,
}

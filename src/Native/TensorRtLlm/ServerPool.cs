using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>All servers of a session: who is healthy, who has a place, and who waits for one.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ServerPool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly HashSet<RunningRequest> _running = [];
    private readonly Server[] _servers;
    private readonly ServerWatch[] _watches;
    private SessionTelemetry? _telemetry;
    private int _next;
    private bool _isDisposed;

    public ServerPool(IReadOnlyList<ServerAddress> addresses, TensorRtLlmOptions options, ServedCheckpoint checkpoint)
    {
        Options = options;
        Checkpoint = checkpoint;
        Log = new SessionLog(options.LoggerFactory);
        _servers = [.. addresses.Select(address => new Server(address, this))];
        _watches = [.. _servers.Select(server => new ServerWatch(server, this))];
        foreach (var address in addresses.Where(address => options.BearerToken is not null && address.HttpUri.Scheme == Uri.UriSchemeHttp && !address.IsLoopback))
        {
            Log.TokenInTheClear(address.ToString());
        }
    }

    public TensorRtLlmOptions Options { get; }

    public ServedCheckpoint Checkpoint { get; }

    public SessionLog Log { get; }

    /// <summary>What the session has promised; a server that joins later must keep it.</summary>
    public ModelInfo? Model { get; private set; }

    public SessionTelemetry Telemetry => _telemetry ?? throw new InvalidOperationException("The session does not know its model yet.");

    public SessionHealth Health
    {
        get
        {
            lock (_gate)
            {
                var up = _servers.Count(server => server.State == ServerState.Up);
                return new SessionHealth
                {
                    IsUsable = !_isDisposed && up > 0,
                    HasRoom = !_isDisposed && up > 0 && (_waiting.Count < Options.MaxQueuedRequests || _servers.Any(server => server.HasPlace)),
                    Description = _isDisposed ? "Disposed"
                        : $"{up} of {_servers.Length} servers usable, {_servers.Sum(server => server.Running)} requests with them, {_waiting.Count} of at most {Options.MaxQueuedRequests} waiting",
                };
            }
        }
    }

    /// <summary>Contacts all servers and waits until one can be used.</summary>
    /// <exception cref="SessionUnavailableException">None could within <see cref="TensorRtLlmOptions.StartUpTimeout"/>.</exception>
    /// <exception cref="Checkpoint.CheckpointException">One runs another model.</exception>
    public async Task<ModelInfo> StartAsync(CancellationToken cancellationToken)
    {
        var attempts = _watches.Select(watch => watch.FirstAttempt.WaitAsync(cancellationToken)).ToArray();
        foreach (var watch in _watches)
        {
            watch.Start();
        }

        await Task.WhenAll(attempts).ConfigureAwait(false);
        if (!_servers.All(server => server.IsHopeless))
        {
            Task verdict = Task.WhenAny(_watches.Select(watch => watch.FirstVerdict)).WaitAsync(Options.StartUpTimeout, Options.TimeProvider, cancellationToken);
            await verdict.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        var model = Settle();
        BeginTelemetry(model);
        return model;
    }

    /// <summary>A request begins.</summary>
    /// <exception cref="ObjectDisposedException">The session has been disposed.</exception>
    public void Enter(RunningRequest request)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(TensorRtLlmSession));
            _running.Add(request);
        }
    }

    /// <summary>A request is over.</summary>
    public void Leave(RunningRequest request)
    {
        lock (_gate)
        {
            _running.Remove(request);
        }
    }

    /// <summary>A place on the healthy server with the fewest requests, as soon as there is one.</summary>
    /// <param name="failed">The server that failed this request before: taken only if there is no other.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <exception cref="SessionOverloadedException">Too many wait already.</exception>
    /// <exception cref="SessionUnavailableException">No server can be used.</exception>
    public Task<Server> AcquireAsync(Server? failed, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && Choose(failed) is { } server)
            {
                server.Running++;
                return Task.FromResult(server);
            }

            if (Unavailable() is { } unavailable)
            {
                throw unavailable;
            }

            if (failed is null && _waiting.Count >= Options.MaxQueuedRequests)
            {
                throw new SessionOverloadedException(
                    $"{_servers.Sum(busy => busy.Running)} requests are with the servers and {_waiting.Count} wait here, the most allowed (MaxConcurrentRequests, MaxQueuedRequests). Try again later.");
            }

            // Who has waited once does not wait for everybody again.
            var waiter = new Waiter(failed);
            var node = failed is null ? _waiting.AddLast(waiter) : _waiting.AddFirst(waiter);
            return waiter.WaitAsync(this, node, cancellationToken);
        }
    }

    /// <summary>Whether another server is in use.</summary>
    public bool HasOtherThan(Server server)
    {
        lock (_gate)
        {
            return _servers.Any(other => other != server && other.State == ServerState.Up);
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Release(Server server)
    {
        lock (_gate)
        {
            server.Running--;
            Dispatch();
        }
    }

    /// <summary>A request has lost its server: it is asked for its health before it gets another one.</summary>
    public void Suspect(Server server, ServerFailureException failure)
    {
        lock (_gate)
        {
            if (server.State != ServerState.Up)
            {
                return;
            }

            server.State = ServerState.Suspect;
            server.Failure = failure.ToPublic(server.Name);
        }

        _watches[Array.IndexOf(_servers, server)].CheckNow();
    }

    /// <summary>A server is well. One that joins must be able to do what the session has promised.</summary>
    /// <exception cref="Checkpoint.CheckpointException">It cannot.</exception>
    public void SetUp(Server server, ServerDescription description)
    {
        lock (_gate)
        {
            if (Model is { } model)
            {
                Checkpoint.RequirePromise(server.Name, description, model);
            }

            server.Description = description;
            server.State = ServerState.Up;
            server.Failure = null;
            Dispatch();
        }
    }

    /// <summary>A server cannot be used.</summary>
    public void SetDown(Server server, LlamaFp4Exception failure)
    {
        lock (_gate)
        {
            server.State = ServerState.Down;
            server.Failure = failure;
            Dispatch();
        }
    }

    /// <summary>Refuses what one of the servers could not do.</summary>
    /// <exception cref="FeatureNotSupportedException">The request holds such a thing.</exception>
    public void Require(ServerRequest request)
    {
        foreach (var server in _servers)
        {
            if (server.Description is { } description)
            {
                server.Connection.Require(request, description);
            }
        }
    }

    public void Dispose()
    {
        RunningRequest[] running;
        lock (_gate)
        {
            _isDisposed = true;
            running = [.. _running];
        }

        foreach (var watch in _watches)
        {
            watch.Dispose();
        }

        foreach (var request in running)
        {
            request.EndWithSession();
        }

        foreach (var server in _servers)
        {
            server.Dispose();
        }

        _telemetry?.Dispose();
    }

    private ModelInfo Settle()
    {
        lock (_gate)
        {
            foreach (var server in _servers)
            {
                if (server.Failure is Native.Checkpoint.CheckpointException mismatch)
                {
                    throw mismatch;
                }
            }

            return Unavailable() is { } unavailable
                ? throw unavailable
                : Model = Checkpoint.Describe(Options, [.. _servers.Where(server => server.State == ServerState.Up)]);
        }
    }

    private void BeginTelemetry(ModelInfo model)
    {
        _telemetry = new SessionTelemetry(model.ModelId, model.EngineName);
        _telemetry.Observe(() => Read(() => new EngineLoad(_waiting.Count, _servers.Sum(server => server.Running), null, null)));
        foreach (var server in _servers)
        {
            server.BeginTelemetry(_telemetry, () => Read(() => new ServerLoad(server.State == ServerState.Up, server.Running)));
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private void Dispatch()
    {
        var unavailable = Unavailable();
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (unavailable is not null)
            {
                _waiting.Remove(node);
                node.Value.SetException(unavailable);
            }
            else if (Choose(node.Value.Failed) is { } server)
            {
                _waiting.Remove(node);
                server.Running++;
                node.Value.SetResult(server);
            }
            else
            {
                return;
            }

            node = next;
        }
    }

    // The fewest requests; among equals in turn.
    private Server? Choose(Server? failed)
    {
        Server? best = null;
        for (var i = 0; i < _servers.Length; i++)
        {
            var server = _servers[(_next + i) % _servers.Length];
            if (server.HasPlace && (best is null || best == failed || (server != failed && server.Running < best.Running)))
            {
                best = server;
            }
        }

        _next = (_next + 1) % _servers.Length;
        return best;
    }

    private SessionUnavailableException? Unavailable()
    {
        if (_servers.Any(server => server.State != ServerState.Down))
        {
            return null;
        }

        var reasons = _servers.Select(server => server.Failure?.Message ?? $"The {server.Name} has not answered yet.");
        return new SessionUnavailableException($"No server can be used. {string.Join(' ', reasons)}", _servers[0].Failure);
    }

    private sealed class Waiter(Server? failed)
    {
        private readonly TaskCompletionSource<Server> _place = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Server? Failed { get; } = failed;

        public void SetResult(Server server) => _place.TrySetResult(server);

        public void SetException(Exception exception) => _place.TrySetException(exception);

        public async Task<Server> WaitAsync(ServerPool pool, LinkedListNode<Waiter> node, CancellationToken cancellationToken)
        {
            using var registration = cancellationToken.UnsafeRegister(_ => pool.Withdraw(node, cancellationToken), null);
            return await _place.Task.ConfigureAwait(false);
        }

        public void Cancel(CancellationToken cancellationToken) => _place.TrySetCanceled(cancellationToken);
    }

    private void Withdraw(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // One that has just got its place keeps it, and gives it back when it finds itself cancelled.
            if (node.List is not null)
            {
                _waiting.Remove(node);
                node.Value.Cancel(cancellationToken);
            }
        }
    }
}

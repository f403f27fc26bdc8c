using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Keeps one server's state true: contacts it until it joins, asks for its health while it is used, and takes it out and back in.</summary>
internal sealed class ServerWatch(Server server, ServerPool pool) : IDisposable
{
    private const int FailuresToTakeOut = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstVerdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _failures;

    /// <summary>Completes when the server has been contacted once, whatever came of it.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    /// <summary>Completes when the server has joined, or turned out to run another model.</summary>
    public Task FirstVerdict => _firstVerdict.Task;

    public void Start() => _ = RunAsync();

    /// <summary>Asks for the server's health without waiting for the next turn.</summary>
    public void CheckNow() => Volatile.Read(ref _wake).TrySetResult();

    public void Dispose() => _end.Cancel();

    private async Task RunAsync()
    {
        try
        {
            var pause = FirstPause;
            while (true)
            {
                if (server.State != ServerState.Down)
                {
                    pause = FirstPause;
                    await WaitForTurnAsync().ConfigureAwait(false);
                    await CheckAsync().ConfigureAwait(false);
                }
                else if (!await TryJoinAsync().ConfigureAwait(false))
                {
                    await Task.Delay(WithJitter(pause), pool.Options.TimeProvider, _end.Token).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The session has been disposed.
        }
    }

    private async Task<bool> TryJoinAsync()
    {
        var known = server.Failure?.Message;
        try
        {
            var description = await server.JoinAsync(_end.Token).ConfigureAwait(false);
            pool.SetUp(server, description);
            _failures = 0;
            pool.Log.ServerUp(server.Name, description.EngineName, description.EngineVersion, description.Parallelism);
            _firstVerdict.TrySetResult();
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_end.IsCancellationRequested)
        {
            var failure = ToPublic(exception);
            pool.SetDown(server, failure);
            if (failure.Message != known)
            {
                pool.Log.ServerDown(server.Name, failure.Message);
            }

            if (failure is CheckpointException)
            {
                _firstVerdict.TrySetResult();
            }

            return false;
        }
        finally
        {
            _firstAttempt.TrySetResult();
        }
    }

    private async Task CheckAsync()
    {
        try
        {
            await server.CheckHealthAsync(_end.Token).ConfigureAwait(false);
            _failures = 0;
            pool.SetUp(server, server.Description!);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_end.IsCancellationRequested)
        {
            var failure = ToPublic(exception);
            if (++_failures < FailuresToTakeOut && server.State != ServerState.Suspect)
            {
                pool.Log.HealthCheckFailed(server.Name, failure.Message);
                return;
            }

            pool.SetDown(server, failure);
            pool.Log.ServerDown(server.Name, failure.Message);
        }
    }

    private async Task WaitForTurnAsync()
    {
        Task turn = Volatile.Read(ref _wake).Task.WaitAsync(pool.Options.HealthInterval, pool.Options.TimeProvider, _end.Token);
        await turn.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Token.ThrowIfCancellationRequested();
        if (Volatile.Read(ref _wake).Task.IsCompleted)
        {
            Volatile.Write(ref _wake, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    private LlamaFp4Exception ToPublic(Exception exception) => exception switch
    {
        LlamaFp4Exception known => known,
        ServerFailureException failure => failure.ToPublic(server.Name),
        _ => new SessionUnavailableException($"The {server.Name} failed in an unexpected way: {exception.Message}", exception),
    };

    // Many clients that lost the same server should not come back in step.
    private static TimeSpan WithJitter(TimeSpan pause) => pause * (0.8 + (0.4 * Random.Shared.NextDouble()));
}

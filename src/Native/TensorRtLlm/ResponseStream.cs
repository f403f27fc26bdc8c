using System.Threading.Tasks.Sources;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>The consumer's end of a request. A slow consumer gets what has gathered in one delta; nothing is allocated per token.</summary>
/// <remarks>The request is sent with the first <see cref="MoveNextAsync"/>.</remarks>
internal sealed class ResponseStream : IAsyncEnumerator<TokenDelta>, IValueTaskSource<bool>
{
    private readonly Lock _gate = new();
    private readonly RunningRequest? _running;
    private readonly CancellationToken _requestToken;
    private readonly CancellationToken _enumeratorToken;
    private ManualResetValueTaskSourceCore<bool> _waiter = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _requestRegistration;
    private CancellationTokenRegistration _enumeratorRegistration;
    private State _state;
    private int _delivered;
    private int _available;
    private TokenDelta? _last;
    private Exception? _failure;

    public ResponseStream(ServerPool servers, ServerRequest request, CancellationToken requestToken, CancellationToken enumeratorToken)
        : this(request)
    {
        _requestToken = requestToken;
        _enumeratorToken = enumeratorToken;
        _running = new RunningRequest(servers, request, this);
    }

    /// <summary>A stream that nobody enumerates: it collects the answer to a request that is run otherwise.</summary>
    public ResponseStream(ServerRequest request) => Tokens = new AnswerTokens(request.LogProbabilities is not null);

    private enum State
    {
        NotStarted,

        /// <summary>The consumer is busy, or about to ask for more.</summary>
        Open,

        /// <summary>A move waits for the server.</summary>
        Waiting,

        /// <summary>The end or a failure has been delivered, or the consumer has left.</summary>
        Over,
    }

    public TokenDelta Current { get; private set; }

    public AnswerTokens Tokens { get; }

    // The server's part is done: what comes afterwards does not count.
    private bool HasEnded => _last is not null || _failure is not null;

    public ValueTask<bool> MoveNextAsync()
    {
        if (TryBegin())
        {
            Start();
        }

        lock (_gate)
        {
            switch (_state)
            {
                case State.Over:
                    return ValueTask.FromResult(false);
                case State.Waiting:
                    throw new InvalidOperationException("The move before has not come to its end; moves must follow one another.");
            }

            if (TryTake())
            {
                return ValueTask.FromResult(true);
            }

            if (_failure is { } failure)
            {
                _state = State.Over;
                return ValueTask.FromException<bool>(failure);
            }

            _waiter.Reset();
            _state = State.Waiting;
            return new ValueTask<bool>(this, _waiter.Version);
        }
    }

    /// <summary>Leaving early aborts the request; a move that waits comes to the end.</summary>
    public ValueTask DisposeAsync()
    {
        bool isLeftEarly;
        lock (_gate)
        {
            // What has ended is on its way home: ending its call too would cost the server an abort, and HTTP its connection.
            isLeftEarly = _state != State.NotStarted && _last is null;
            if (_state == State.Waiting)
            {
                _waiter.SetResult(false);
            }

            _state = State.Over;
        }

        _requestRegistration.Dispose();
        _enumeratorRegistration.Dispose();
        if (isLeftEarly)
        {
            _running?.Stop();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Tokens have been added.</summary>
    public void Publish()
    {
        lock (_gate)
        {
            if (!HasEnded && _available != Tokens.Count)
            {
                _available = Tokens.Count;
                WakeWaiter();
            }
        }
    }

    /// <summary>The generation has ended as it should.</summary>
    public void Finish(TokenDelta last)
    {
        lock (_gate)
        {
            if (!HasEnded)
            {
                _available = Tokens.Count;
                _last = last;
                WakeWaiter();
            }
        }
    }

    /// <summary>The generation has failed; what came before is delivered first.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            if (!HasEnded)
            {
                _available = Tokens.Count;
                _failure = failure;
                WakeWaiter();
            }
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);

    private bool TryBegin()
    {
        lock (_gate)
        {
            if (_state != State.NotStarted)
            {
                return false;
            }

            _state = State.Open;
            return true;
        }
    }

    // Without the lock: what is started calls back.
    private void Start()
    {
        try
        {
            _requestToken.ThrowIfCancellationRequested();
            _enumeratorToken.ThrowIfCancellationRequested();
            _running!.Start();
        }
        catch (Exception exception)
        {
            // Comes out of the task that MoveNextAsync returns, as from any other asynchronous method.
            Fail(exception);
            return;
        }

        _requestRegistration = _requestToken.UnsafeRegister(static (stream, token) => ((ResponseStream)stream!).Cancel(token), this);
        _enumeratorRegistration = _enumeratorToken.UnsafeRegister(static (stream, token) => ((ResponseStream)stream!).Cancel(token), this);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // A generation that has ended is not cancelled any more; tokens of one that has not are no longer wanted.
            if (HasEnded)
            {
                return;
            }

            _available = _delivered;
            _failure = new OperationCanceledException(cancellationToken);
            WakeWaiter();
        }

        _running!.Stop();
    }

    private void WakeWaiter()
    {
        if (_state != State.Waiting)
        {
            return;
        }

        _state = State.Open;
        if (TryTake())
        {
            _waiter.SetResult(true);
        }
        else
        {
            _state = State.Over;
            _waiter.SetException(_failure!);
        }
    }

    private bool TryTake()
    {
        if (_available == _delivered && _last is null)
        {
            return false;
        }

        var last = _last.GetValueOrDefault();
        Current = new TokenDelta
        {
            TokenIds = Tokens.Slice(_delivered, _available),
            LogProbabilities = Tokens.LogProbabilities(_delivered, _available),
            FinishReason = last.FinishReason,
            StopTokenId = last.StopTokenId,
            Usage = last.Usage,
        };
        _delivered = _available;
        _state = _last is null ? _state : State.Over;
        return true;
    }
}

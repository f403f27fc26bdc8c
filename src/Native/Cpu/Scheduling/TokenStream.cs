using System.Threading.Tasks.Sources;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>The consumer's end of a generation. A slow consumer gets what has gathered in one delta; nothing is allocated per token.</summary>
/// <remarks>The request enters the queue with the first <see cref="MoveNextAsync"/>.</remarks>
internal sealed class TokenStream : IAsyncEnumerator<TokenDelta>, IValueTaskSource<bool>
{
    private readonly Lock _gate = new();
    private readonly Scheduler _scheduler;
    private readonly Generation _generation;
    private readonly CancellationToken _requestToken;
    private readonly CancellationToken _enumeratorToken;
    private readonly List<TokenLogProbability>? _logProbabilities;
    private ManualResetValueTaskSourceCore<bool> _waiter = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _requestRegistration;
    private CancellationTokenRegistration _enumeratorRegistration;
    private State _state;
    private int _delivered;
    private int _available;
    private TokenDelta? _last;
    private Exception? _failure;

    public TokenStream(Scheduler scheduler, GenerationPlan plan, CancellationToken requestToken, CancellationToken enumeratorToken)
    {
        _scheduler = scheduler;
        _requestToken = requestToken;
        _enumeratorToken = enumeratorToken;
        var sampling = new SamplingState(plan.Settings, plan.LogitBias, plan.PromptTokenIds, plan.BeginGuide());
        _generation = new Generation(plan, sampling, this);
        _delivered = _available = plan.PromptTokenIds.Length;
        _logProbabilities = plan.LogProbabilities is null ? null : [];
    }

    private enum State
    {
        NotStarted,

        /// <summary>The consumer is busy, or about to ask for more.</summary>
        Open,

        /// <summary>A move waits for the engine.</summary>
        Waiting,

        /// <summary>The end or a failure has been delivered, or the consumer has left.</summary>
        Over,
    }

    public TokenDelta Current { get; private set; }

    // The engine's part is done: what it says afterwards does not count.
    private bool HasEnded => _last is not null || _failure is not null;

    public ValueTask<bool> MoveNextAsync()
    {
        if (TryBegin())
        {
            Submit();
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
        State before;
        lock (_gate)
        {
            before = _state;
            _state = State.Over;
            if (before == State.Waiting)
            {
                _waiter.SetResult(false);
            }
        }

        _requestRegistration.Dispose();
        _enumeratorRegistration.Dispose();
        if (before != State.NotStarted)
        {
            _scheduler.Abort(_generation);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The engine has tokens, the last one possibly with its log probability.</summary>
    public void Publish(TokenLogProbability? logProbability)
    {
        lock (_gate)
        {
            if (HasEnded)
            {
                return;
            }

            if (logProbability is not null)
            {
                _logProbabilities!.Add(logProbability);
            }

            _available = _generation.Tokens.Count;
            WakeWaiter();
        }
    }

    /// <summary>The generation has ended as it should.</summary>
    public void Finish(FinishReason reason, int? stopTokenId)
    {
        lock (_gate)
        {
            if (!HasEnded)
            {
                _last = new TokenDelta { FinishReason = reason, StopTokenId = stopTokenId, Usage = _generation.Usage(stopTokenId is not null) };
                WakeWaiter();
            }
        }
    }

    /// <summary>The generation has failed; what it produced before is delivered first.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            if (!HasEnded)
            {
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

    // Without the lock: the scheduler holds its own when it calls back.
    private void Submit()
    {
        try
        {
            _requestToken.ThrowIfCancellationRequested();
            _enumeratorToken.ThrowIfCancellationRequested();
            _scheduler.Enqueue(_generation);
        }
        catch (Exception exception)
        {
            // Comes out of the task that MoveNextAsync returns, as from any other asynchronous method.
            Fail(exception);
            return;
        }

        _requestRegistration = _requestToken.UnsafeRegister(static (stream, token) => ((TokenStream)stream!).Cancel(token), this);
        _enumeratorRegistration = _enumeratorToken.UnsafeRegister(static (stream, token) => ((TokenStream)stream!).Cancel(token), this);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        _scheduler.Abort(_generation);
        lock (_gate)
        {
            // A generation that has ended is not cancelled any more; tokens of one that has not are no longer wanted.
            if (!HasEnded)
            {
                _available = _delivered;
                _failure = new OperationCanceledException(cancellationToken);
                WakeWaiter();
            }
        }
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

        var prompt = _generation.Plan.PromptTokenIds.Length;
        var last = _last.GetValueOrDefault();
        Current = new TokenDelta
        {
            TokenIds = _generation.Tokens.Slice(_delivered, _available),
            LogProbabilities = _logProbabilities?.GetRange(_delivered - prompt, _available - _delivered),
            FinishReason = last.FinishReason,
            StopTokenId = last.StopTokenId,
            Usage = last.Usage,
        };
        _delivered = _available;
        _state = _last is null ? _state : State.Over;
        return true;
    }
}

using System.Threading.Tasks.Sources;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>The consumer's end of a generation. A slow consumer gets what has gathered in one delta; nothing is allocated per token.</summary>
/// <remarks>
/// The request enters the queue with the first <see cref="MoveNextAsync"/>. A move that waits is ended on the thread pool, with the stream itself
/// as the work item: the engine's thread never runs its consumers.
/// </remarks>
internal sealed class TokenStream : IAsyncEnumerator<TokenDelta>, IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Scheduler _scheduler;
    private readonly Generation _generation;
    private readonly CancellationToken _requestToken;
    private readonly CancellationToken _enumeratorToken;
    private readonly List<TokenLogProbability>? _logProbabilities;
    private readonly RequestTimeline _timeline;
    private ManualResetValueTaskSourceCore<bool> _waiter;
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
        _timeline = new RequestTimeline(scheduler.Telemetry);
        _generation = new Generation(plan, sampling, this, _timeline);
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

        /// <summary>There is something for the move that waits, and the thread pool has been asked to bring it.</summary>
        Waking,

        /// <summary>The consumer has left while a move waited; the thread pool has been asked to end it.</summary>
        Leaving,

        /// <summary>The end or a failure has been delivered, or the consumer has left.</summary>
        Over,
    }

    public TokenDelta Current { get; private set; }

    // The engine's part is done: what it says afterwards does not count.
    private bool HasEnded => _last is not null || _failure is not null;

    public ValueTask<bool> MoveNextAsync()
    {
        if (_state == State.NotStarted && TryBegin())
        {
            Submit();
        }

        lock (_gate)
        {
            switch (_state)
            {
                case State.Over:
                    return ValueTask.FromResult(false);
                case State.Waiting or State.Waking or State.Leaving:
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
        bool isStarted;
        lock (_gate)
        {
            isStarted = _state != State.NotStarted;
            switch (_state)
            {
                case State.Waiting:
                    Wake(State.Leaving);
                    break;
                case State.Waking:
                    _state = State.Leaving;
                    break;
                case not State.Leaving:
                    _state = State.Over;
                    break;
            }
        }

        _requestRegistration.Dispose();
        _enumeratorRegistration.Dispose();
        if (isStarted)
        {
            _scheduler.Abort(_generation);
            _timeline.Left(_generation.Plan.PromptTokenIds.Length, _generation.Generated);
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
        var usage = _generation.Usage(stopTokenId is not null);
        _timeline.Finished(reason, usage);
        lock (_gate)
        {
            if (!HasEnded)
            {
                _last = new TokenDelta { FinishReason = reason, StopTokenId = stopTokenId, Usage = usage };
                WakeWaiter();
            }
        }
    }

    /// <summary>The generation has failed; what it produced before is delivered first.</summary>
    public void Fail(Exception failure)
    {
        _timeline.Failed(failure, _generation.Plan.PromptTokenIds.Length, _generation.Generated);
        lock (_gate)
        {
            if (!HasEnded)
            {
                _failure = failure;
                WakeWaiter();
            }
        }
    }

    /// <summary>Ends the move that waits, and runs what its consumer does next.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (TryEndMove(out var failure) is { } hasMoved)
        {
            _waiter.SetResult(hasMoved);
        }
        else
        {
            _waiter.SetException(failure!);
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
        _timeline.Submitted();
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
        var failure = new OperationCanceledException(cancellationToken);
        _timeline.Failed(failure, _generation.Plan.PromptTokenIds.Length, _generation.Generated);
        lock (_gate)
        {
            // A generation that has ended is not cancelled any more; tokens of one that has not are no longer wanted.
            if (!HasEnded)
            {
                _available = _delivered;
                _failure = failure;
                WakeWaiter();
            }
        }
    }

    private void WakeWaiter()
    {
        if (_state == State.Waiting)
        {
            Wake(State.Waking);
        }
    }

    private void Wake(State state)
    {
        _state = state;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // What the move comes to; null if it fails.
    private bool? TryEndMove(out Exception? failure)
    {
        lock (_gate)
        {
            failure = _failure;
            var isLeft = _state == State.Leaving;
            _state = State.Open;
            if (!isLeft && TryTake())
            {
                return true;
            }

            _state = State.Over;
            return isLeft ? false : null;
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

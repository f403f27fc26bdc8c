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
    private bool _isSubmitted;
    private bool _isWaiting;
    private bool _isOver;
    private int _delivered;
    private int _available;
    private TokenDelta? _last;
    private Exception? _failure;

    public TokenStream(Scheduler scheduler, GenerationPlan plan, CancellationToken requestToken, CancellationToken enumeratorToken)
    {
        _scheduler = scheduler;
        _requestToken = requestToken;
        _enumeratorToken = enumeratorToken;
        _generation = new Generation(plan, new SamplingState(plan.Settings, plan.LogitBias, plan.PromptTokenIds, plan.BeginGuide()), this);
        _delivered = _available = plan.PromptTokenIds.Length;
        _logProbabilities = plan.LogProbabilities is null ? null : [];
    }

    public TokenDelta Current { get; private set; }

    public ValueTask<bool> MoveNextAsync()
    {
        if (!_isSubmitted)
        {
            Submit();
        }

        lock (_gate)
        {
            if (TryTake())
            {
                return ValueTask.FromResult(true);
            }

            if (_failure is { } failure)
            {
                _isOver = true;
                return ValueTask.FromException<bool>(failure);
            }

            if (_isOver)
            {
                return ValueTask.FromResult(false);
            }

            _waiter.Reset();
            _isWaiting = true;
            return new ValueTask<bool>(this, _waiter.Version);
        }
    }

    /// <summary>Leaving early aborts the request.</summary>
    public ValueTask DisposeAsync()
    {
        _requestRegistration.Dispose();
        _enumeratorRegistration.Dispose();
        if (_isSubmitted)
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
            _last = new TokenDelta { FinishReason = reason, StopTokenId = stopTokenId, Usage = _generation.Usage(stopTokenId is not null) };
            WakeWaiter();
        }
    }

    /// <summary>The generation has failed; what it produced before is delivered first.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            WakeWaiter();
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);

    private void Submit()
    {
        _isSubmitted = true;
        try
        {
            _requestToken.ThrowIfCancellationRequested();
            _enumeratorToken.ThrowIfCancellationRequested();
            _scheduler.Enqueue(_generation);
        }
        catch (Exception exception)
        {
            // Comes out of the task that MoveNextAsync returns, as from any other asynchronous method.
            _failure = exception;
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
            if (_last is null && _failure is null)
            {
                _available = _delivered;
                _failure = new OperationCanceledException(cancellationToken);
                WakeWaiter();
            }
        }
    }

    private void WakeWaiter()
    {
        if (!_isWaiting)
        {
            return;
        }

        if (TryTake())
        {
            _isWaiting = false;
            _waiter.SetResult(true);
        }
        else if (_failure is { } failure)
        {
            _isWaiting = false;
            _isOver = true;
            _waiter.SetException(failure);
        }
    }

    private bool TryTake()
    {
        if (_isOver || (_failure is OperationCanceledException) || (_available == _delivered && _last is null))
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
        _isOver = _last is not null;
        return true;
    }
}

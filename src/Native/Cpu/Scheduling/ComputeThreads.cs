using System.Runtime.ExceptionServices;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>The threads that compute a step together: the caller of <see cref="Run"/> is number 0, the others are kept here.</summary>
/// <remarks>
/// All run the same code, a sequence of stages, and share the items of each. No stage waits for a thread, only for items: one that
/// gets no processor just takes none, finds the stages over when it comes, and catches up. Between runs the threads spin for a moment,
/// then park.
/// </remarks>
internal sealed class ComputeThreads : IDisposable
{
    private const int StagesOfAnyRun = 1 << 20;

    private readonly WakeSignal _signal = new();
    private readonly int[] _processors;
    private readonly SpinBudget _budget;
    private readonly ComputeThread _caller;
    private readonly List<Thread> _workers = [];

    // The current stage in the upper half, its next item in the lower: who is late cannot take from another stage.
    private long _ticket;
    private int _completed;
    private Action<ComputeThread>? _work;
    private int _firstStage;
    private bool _hasRun;

    // Odd while the two fields above are written.
    private volatile int _run;
    private int _running;
    private volatile bool _isAborted;
    private volatile bool _isStopping;
    private ExceptionDispatchInfo? _failure;

    /// <param name="count">Threads, the caller of <see cref="Run"/> included.</param>
    /// <param name="processors">Where to keep the threads, in turn; empty leaves that to the system.</param>
    public ComputeThreads(int count, params int[] processors)
    {
        Count = count;
        _processors = processors;

        // More threads than processors never wait for each other only briefly.
        _budget = count <= Environment.ProcessorCount ? SpinBudget.Full : SpinBudget.None;
        _caller = new ComputeThread(this, 0, _budget);
        try
        {
            for (var index = 1; index < count; index++)
            {
                _workers.Add(Start(new ComputeThread(this, index, _budget)));
            }
        }
        catch
        {
            // The system gives no more threads: those there are must not be left behind.
            Dispose();
            throw;
        }
    }

    public int Count { get; }

    /// <summary>Threads that are parked.</summary>
    public int Parked => _signal.Parked;

    /// <summary>Runs <paramref name="work"/> on every thread and returns when its last stage is done. Throws what an item throws.</summary>
    public void Run(Action<ComputeThread> work)
    {
        if (!_hasRun)
        {
            _hasRun = true;
            Pin(_caller);
        }

        Interlocked.Increment(ref _run);
        _work = work;
        _firstStage = StageOf(_ticket);
        Interlocked.Increment(ref _run);
        _signal.Set();
        Work(_caller, work, _firstStage);
        if (_isAborted)
        {
            EndAborted();
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _signal.Set();
        foreach (var worker in _workers)
        {
            worker.Join();
        }
    }

    /// <summary>Takes the next item of a stage; false if there is none, or the stage is over.</summary>
    internal bool TryTake(int stage, int count, out int item)
    {
        while (true)
        {
            var ticket = Volatile.Read(ref _ticket);
            item = (int)ticket;
            if (StageOf(ticket) != stage || _isAborted)
            {
                return false;
            }

            if (count == 0)
            {
                Advance(ticket);
                return false;
            }

            if (item == count)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket)
            {
                return true;
            }
        }
    }

    /// <summary>An item taken is done; the last one ends the stage.</summary>
    internal void Complete(int stage, int count)
    {
        if (Interlocked.Increment(ref _completed) == count)
        {
            _completed = 0;
            Advance(((long)stage << 32) | (uint)count);
        }
    }

    /// <summary>Returns when a stage is over.</summary>
    internal void WaitForEnd(int stage, ref SpinBudget budget)
    {
        while (true)
        {
            var version = _signal.Version;
            if (StageOf(Volatile.Read(ref _ticket)) != stage || _isAborted)
            {
                return;
            }

            _signal.WaitForChange(version, ref budget);
        }
    }

    /// <summary>Gives the run up: nobody gets another item.</summary>
    internal void Abort()
    {
        _isAborted = true;
        _signal.Set();
    }

    private static int StageOf(long ticket) => (int)(ticket >> 32);

    private void Advance(long ticket)
    {
        if (Interlocked.CompareExchange(ref _ticket, (ticket & ~0xFFFFFFFFL) + (1L << 32), ticket) == ticket)
        {
            _signal.Set();
        }
    }

    private Thread Start(ComputeThread thread)
    {
        var worker = new Thread(() => Serve(thread)) { IsBackground = true, Name = $"LlamaFp4 compute {thread.Index}" };

        // Whatever is current where the session is loaded is none of its business.
        worker.UnsafeStart();
        return worker;
    }

    private void Serve(ComputeThread thread)
    {
        Pin(thread);
        var budget = _budget;
        var lastRun = 0;
        while (true)
        {
            var version = _signal.Version;
            if (_isStopping)
            {
                return;
            }

            var run = _run;
            var (work, firstStage) = (Volatile.Read(ref _work), Volatile.Read(ref _firstStage));
            if (run == lastRun || run % 2 != 0 || run != _run)
            {
                _signal.WaitForChange(version, ref budget);
                continue;
            }

            lastRun = run;
            Interlocked.Increment(ref _running);
            Work(thread, work!, firstStage);
            Interlocked.Decrement(ref _running);
            if (_isAborted)
            {
                _signal.Set();
            }
        }
    }

    // A processor that has been taken away meanwhile is not worth failing for.
    private void Pin(ComputeThread thread)
    {
        if (_processors.Length > 0)
        {
            ThreadAffinity.TryPin(_processors[thread.Index % _processors.Length]);
        }
    }

    private void Work(ComputeThread thread, Action<ComputeThread> work, int firstStage)
    {
        thread.Stage = firstStage;
        try
        {
            work(thread);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Abort();
        }
    }

    // An item may still be in work, and what it writes to must not be given to others before it is done.
    private void EndAborted()
    {
        var budget = _budget;
        while (true)
        {
            var version = _signal.Version;
            if (Volatile.Read(ref _running) == 0)
            {
                break;
            }

            _signal.WaitForChange(version, ref budget);
        }

        // Far beyond the stages of this run, which a late thread may still walk through.
        _completed = 0;
        Volatile.Write(ref _ticket, (long)(StageOf(_ticket) + StagesOfAnyRun) << 32);
        _isAborted = false;
        var failure = _failure!;
        _failure = null;
        failure.Throw();
    }
}

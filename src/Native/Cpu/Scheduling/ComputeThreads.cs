using System.Runtime.ExceptionServices;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>The threads that compute a step together: the caller is number 0, the others are kept here.</summary>
/// <remarks>All run the same code on their own part of the work and meet in <see cref="Synchronize"/>. Between runs they are parked.</remarks>
internal sealed class ComputeThreads : IDisposable
{
    private readonly SpinBarrier _start;
    private readonly SpinBarrier _stage;
    private readonly SpinBarrier _end;
    private readonly Thread[] _workers;
    private Action<int>? _work;
    private ExceptionDispatchInfo? _failure;

    public ComputeThreads(int count)
    {
        Count = count;
        _start = new SpinBarrier(count);
        _stage = new SpinBarrier(count);
        _end = new SpinBarrier(count);
        _workers = new Thread[count - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            var index = i + 1;
            _workers[i] = new Thread(() => Serve(index)) { IsBackground = true, Name = $"LlamaFp4 compute {index}" };
            _workers[i].Start();
        }
    }

    public int Count { get; }

    /// <summary>Runs <paramref name="work"/> on every thread with its number, and returns when all have finished.</summary>
    /// <remarks>If one fails, the others are released at their next <see cref="Synchronize"/> and the first exception is thrown here.</remarks>
    public void Run(Action<int> work)
    {
        _work = work;
        _start.Wait();
        Work(0);
        _end.Wait();
        if (_failure is { } failure)
        {
            _failure = null;
            _stage.Reset();
            failure.Throw();
        }
    }

    /// <summary>Called by every thread of a run: returns when all have come this far.</summary>
    public void Synchronize()
    {
        if (Count > 1)
        {
            _stage.Wait();
        }
    }

    public void Dispose()
    {
        _work = null;
        _start.Wait();
        foreach (var worker in _workers)
        {
            worker.Join();
        }
    }

    private void Serve(int index)
    {
        while (true)
        {
            _start.Wait();
            if (_work is null)
            {
                return;
            }

            Work(index);
            _end.Wait();
        }
    }

    private void Work(int index)
    {
        try
        {
            _work!(index);
        }
        catch (BarrierBrokenException)
        {
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            _stage.Break();
        }
    }
}

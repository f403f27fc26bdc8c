using System.Diagnostics;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>Tells waiting threads that something has changed: they spin while that may be soon, and park when it is not.</summary>
internal sealed class WakeSignal
{
    // Reading the clock costs more than looking.
    private const int PollsBetweenClocks = 30;

    private readonly object _gate = new();
    private volatile int _version;
    private int _parked;

    /// <summary>To be read before looking at what one waits for.</summary>
    public int Version => _version;

    /// <summary>Threads that cost nothing now.</summary>
    public int Parked => Volatile.Read(ref _parked);

    /// <summary>Wakes those that wait. Takes a lock only if one of them is parked.</summary>
    public void Set()
    {
        // A full fence: either a parking thread sees the new version, or this one sees it parked.
        Interlocked.Increment(ref _version);
        if (Volatile.Read(ref _parked) != 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Returns when <see cref="Set"/> has been called after <paramref name="version"/> was read.</summary>
    public void WaitForChange(int version, ref SpinBudget budget)
    {
        if (SpinForChange(version, budget.Ticks))
        {
            budget.Paid();
        }
        else
        {
            budget.Wasted();
            Park(version);
        }
    }

    private bool SpinForChange(int version, long ticks)
    {
        if (ticks == 0)
        {
            return _version != version;
        }

        var start = Stopwatch.GetTimestamp();
        while (_version == version)
        {
            if (Stopwatch.GetTimestamp() - start > ticks)
            {
                return false;
            }

            for (var i = 0; i < PollsBetweenClocks && _version == version; i++)
            {
                Thread.SpinWait(1);
            }
        }

        return true;
    }

    private void Park(int version)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _parked);
            while (_version == version)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _parked);
        }
    }
}

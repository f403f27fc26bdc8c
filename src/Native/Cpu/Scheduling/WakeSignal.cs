using System.Diagnostics;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>Tells waiting threads that something has changed: they spin while that will be soon, and park when it is not.</summary>
internal sealed class WakeSignal(bool spins)
{
    // Longer than the stages of a step are uneven, shorter than an idle machine would notice.
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    private readonly object _gate = new();
    private volatile int _version;
    private int _parked;

    /// <summary>To be read before looking at what one waits for.</summary>
    public int Version => _version;

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
    public void WaitForChange(int version)
    {
        if (!SpinForChange(version))
        {
            Park(version);
        }
    }

    private bool SpinForChange(int version)
    {
        var start = Stopwatch.GetTimestamp();
        while (_version == version)
        {
            if (!spins || Stopwatch.GetTimestamp() - start > SpinTicks)
            {
                return false;
            }

            for (var i = 0; i < 30 && _version == version; i++)
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

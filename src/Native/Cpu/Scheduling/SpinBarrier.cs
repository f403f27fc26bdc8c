using System.Diagnostics;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>Lets a fixed number of threads wait for one another: spinning while it will be short, parked when it is not.</summary>
internal sealed class SpinBarrier(int participants)
{
    // Longer than any stage of a step is uneven, shorter than anybody would notice on an idle machine.
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    private readonly object _gate = new();

    // Spinning for a thread that has no processor to run on only keeps it from getting one.
    private readonly bool _spins = participants <= Environment.ProcessorCount;

    private int _arrived;
    private volatile int _phase;
    private int _parked;
    private volatile bool _broken;

    /// <summary>Returns when every participant has called.</summary>
    /// <exception cref="BarrierBrokenException">A participant failed and will not come.</exception>
    public void Wait()
    {
        // In this order: who reads the phase that breaking begins also sees that it is broken.
        var phase = _phase;
        if (_broken)
        {
            throw new BarrierBrokenException();
        }

        if (Interlocked.Increment(ref _arrived) == participants)
        {
            _arrived = 0;
            Interlocked.Increment(ref _phase);
            WakeParked();
        }
        else if (!SpinUntilOver(phase))
        {
            Park(phase);
        }

        if (_broken)
        {
            throw new BarrierBrokenException();
        }
    }

    /// <summary>Sends everybody home who waits or will wait.</summary>
    public void Break()
    {
        _broken = true;
        Interlocked.Increment(ref _phase);
        WakeParked();
    }

    /// <summary>Makes a broken barrier whole; nobody may be waiting.</summary>
    public void Reset()
    {
        _arrived = 0;
        _broken = false;
    }

    private bool SpinUntilOver(int phase)
    {
        if (!_spins)
        {
            return _phase != phase;
        }

        var start = Stopwatch.GetTimestamp();
        do
        {
            for (var i = 0; i < 50; i++)
            {
                if (_phase != phase)
                {
                    return true;
                }

                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() - start < SpinTicks);

        return false;
    }

    // Either this thread sees the new phase, or the one that ends the phase sees it parked: both write before they read.
    private void Park(int phase)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _parked);
            while (_phase == phase)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _parked);
        }
    }

    private void WakeParked()
    {
        if (Volatile.Read(ref _parked) != 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }
}

/// <summary>Another thread of the same step failed; its own exception tells why.</summary>
internal sealed class BarrierBrokenException() : Exception("Another compute thread failed.");

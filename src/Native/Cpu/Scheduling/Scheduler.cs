using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>The queue in front of the engine, and the thread that drives it.</summary>
/// <remarks>Thread-safe. The engine itself is touched by that thread only, so nothing in it needs a lock.</remarks>
internal sealed class Scheduler : IDisposable
{
    private readonly object _gate = new();
    private readonly RequestQueue _waiting = new();

    // Those that take up a place. One that was left early does not, though the engine holds it up to its next step.
    private readonly HashSet<Generation> _running = [];
    private readonly Engine _engine;
    private readonly EngineLimits _limits;
    private readonly Action? _stepStarting;
    private readonly Action<Generation> _return;
    private readonly Action<Generation> _leave;
    private readonly Thread _thread;
    private volatile bool _isDisposed;

    /// <param name="engine">What it drives.</param>
    /// <param name="limits">Bounds of queue and batch.</param>
    /// <param name="telemetry">What is told of requests and steps.</param>
    /// <param name="stepStarting">Called before each step, on the engine's thread; what it throws fails the step.</param>
    public Scheduler(Engine engine, EngineLimits limits, SessionTelemetry telemetry, Action? stepStarting)
    {
        _engine = engine;
        _limits = limits;
        _stepStarting = stepStarting;
        (_return, _leave) = (Return, Leave);
        Telemetry = telemetry;
        _thread = new Thread(Run) { IsBackground = true, Name = "LlamaFp4 engine" };
        _thread.Start();
    }

    public SessionTelemetry Telemetry { get; }

    public (int Waiting, int Running) Load
    {
        get
        {
            lock (_gate)
            {
                return (_waiting.Count, _running.Count);
            }
        }
    }

    /// <summary>Puts a request into the queue.</summary>
    /// <exception cref="SessionOverloadedException">The queue is full.</exception>
    /// <exception cref="ObjectDisposedException">The session has been disposed.</exception>
    public void Enqueue(Generation generation)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(CpuSession));
            if (generation.IsAborted)
            {
                return;
            }

            var free = _limits.Concurrent - _running.Count;
            if (_waiting.Count - free >= _limits.Queued)
            {
                throw new SessionOverloadedException(
                    $"{_running.Count} requests are running and {_waiting.Count} waiting, of at most {_limits.Concurrent} and {_limits.Queued}. Try again later.");
            }

            _waiting.Enqueue(generation);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Lets go of a request: at once if it waits, before the next step if it runs. Its place is free at once.</summary>
    public void Abort(Generation generation)
    {
        lock (_gate)
        {
            generation.Abort();
            _waiting.Remove(generation);
            _running.Remove(generation);
        }
    }

    /// <summary>Ends all requests with <see cref="ObjectDisposedException"/> and the thread after its current step.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (WaitForWork())
        {
            try
            {
                Step();
            }
            catch (Exception exception)
            {
                // What was being computed is lost; the queue and the cached prefixes are not.
                _engine.FailAll(() => new GenerationFailedException($"The engine failed in a step: {exception.Message}", exception), _leave);
            }
        }

        EndAll();
    }

    private bool WaitForWork()
    {
        if (_engine.RunningCount > 0)
        {
            return !_isDisposed;
        }

        lock (_gate)
        {
            while (!_isDisposed && _waiting.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            return !_isDisposed;
        }
    }

    private void Step()
    {
        _engine.ReleaseAborted();
        _engine.MakeRoom(_return);
        while (_engine.HasRoom && TakeFirst() is { } generation)
        {
            if (!TryStart(generation))
            {
                Return(generation);
                break;
            }
        }

        if (_engine.RunningCount > 0)
        {
            _stepStarting?.Invoke();
            _engine.Step(_leave);
        }
    }

    private bool TryStart(Generation generation)
    {
        try
        {
            return _engine.TryStart(generation);
        }
        catch (Exception exception)
        {
            Leave(generation);
            generation.Stream.Fail(new GenerationFailedException($"The request could not be started: {exception.Message}", exception));
            return true;
        }
    }

    private Generation? TakeFirst()
    {
        // Without the lock: what arrives in this moment starts with the next step.
        if (_waiting.IsEmpty)
        {
            return null;
        }

        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return null;
            }

            var first = _waiting.First;
            _waiting.RemoveFirst();
            _running.Add(first);
            return first;
        }
    }

    private void Return(Generation generation)
    {
        lock (_gate)
        {
            _running.Remove(generation);
            if (!generation.IsAborted)
            {
                _waiting.Return(generation);
            }
        }
    }

    private void Leave(Generation generation)
    {
        lock (_gate)
        {
            _running.Remove(generation);
        }
    }

    private void EndAll()
    {
        static ObjectDisposedException Disposed() => new(typeof(CpuSession).FullName);

        _engine.FailAll(Disposed, _leave);
        lock (_gate)
        {
            foreach (var generation in _waiting.RemoveAll())
            {
                generation.Stream.Fail(Disposed());
            }
        }
    }
}

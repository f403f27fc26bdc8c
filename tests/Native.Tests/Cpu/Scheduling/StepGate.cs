namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

/// <summary>Holds the engine before each step until the test lets it go on.</summary>
internal sealed class StepGate : IDisposable
{
    /// <summary>How long a test waits for what must come at once, so that a fault fails instead of hanging.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _permitted = new(0);
    private volatile bool _isOpen;
    private volatile Exception? _failure;

    public Thread? EngineThread { get; private set; }

    /// <summary>To be called by the engine.</summary>
    public void Pass()
    {
        EngineThread = Thread.CurrentThread;
        if (!_isOpen)
        {
            _arrived.Release();
            _permitted.Wait(Patience);
        }

        if (_failure is { } failure)
        {
            _failure = null;
            throw failure;
        }
    }

    /// <summary>Waits until the engine stands before a step.</summary>
    public async Task ArrivedAsync(CancellationToken cancellationToken) =>
        Assert.True(await _arrived.WaitAsync(Patience, cancellationToken), "The engine did not come to another step.");

    public void Permit() => _permitted.Release();

    /// <summary>Lets this step fail.</summary>
    public void Fail(Exception failure)
    {
        _failure = failure;
        Permit();
    }

    /// <summary>Holds nobody any more.</summary>
    public void Open()
    {
        _isOpen = true;
        _permitted.Release(1000);
    }

    public void Dispose()
    {
        _arrived.Dispose();
        _permitted.Dispose();
    }
}

using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Extensions.Tests.Loading;

/// <summary>Holds up the loading of a model at its first report until it is opened, and remembers the reports.</summary>
internal sealed class LoadGate(bool isOpen = false) : IProgress<LoadProgress>, IDisposable
{
    private readonly ManualResetEventSlim _open = new(isOpen);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LoadProgress> _reports = [];

    /// <summary>Completes when a load has come to the gate.</summary>
    public Task Reached => _reached.Task;

    /// <summary>How many loads have begun.</summary>
    public int Loads
    {
        get
        {
            lock (_reports)
            {
                return _reports.Count(report => report.Fraction == 0);
            }
        }
    }

    public void Open() => _open.Set();

    public void Report(LoadProgress value)
    {
        lock (_reports)
        {
            _reports.Add(value);
        }

        _reached.TrySetResult();
        _open.Wait(TimeSpan.FromMinutes(1));
    }

    public void Dispose() => _open.Set();
}

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>The items of a stage as one thread gets them, see <see cref="ComputeThread.Items"/>.</summary>
internal struct StageItems(ComputeThreads threads, ComputeThread thread, int count) : IDisposable
{
    private readonly int _stage = thread.Stage;
    private bool _isTaken;

    public int Current { get; private set; }

    public readonly StageItems GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_isTaken)
        {
            threads.Complete(_stage, count);
        }

        _isTaken = threads.TryTake(_stage, count, out var item);
        Current = item;
        return _isTaken;
    }

    public readonly void Dispose()
    {
        if (_isTaken)
        {
            // Left by an exception.
            threads.Abort();
            return;
        }

        thread.WaitForEnd(_stage);
    }
}

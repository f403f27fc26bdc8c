namespace LlamaFp4.Bench.Wire;

/// <summary>The steps of an engine: at each, every running stream gets its next token, as with a server that batches.</summary>
internal sealed class EngineSteps : IDisposable
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Timer _timer;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EngineSteps() => _timer = new Timer(static steps => ((EngineSteps)steps!).Step(), this, Pause, Pause);

    public Task NextAsync(CancellationToken cancellationToken) => Volatile.Read(ref _next).Task.WaitAsync(cancellationToken);

    public void Dispose() => _timer.Dispose();

    private void Step() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}

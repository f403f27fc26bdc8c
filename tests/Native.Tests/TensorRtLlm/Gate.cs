namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>Holds a stand-in's answers while it is closed. Open at first, so that sessions can connect.</summary>
internal sealed class Gate
{
    private TaskCompletionSource? _closed;

    /// <summary>For a stand-in that is to be held after so many tokens of each request.</summary>
    public Func<int, CancellationToken, Task> After(int tokens) => (sent, stop) =>
        sent >= tokens && Volatile.Read(ref _closed) is { } closed ? closed.Task.WaitAsync(stop) : Task.CompletedTask;

    public void Close() => Volatile.Write(ref _closed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Open() => Interlocked.Exchange(ref _closed, null)?.TrySetResult();
}

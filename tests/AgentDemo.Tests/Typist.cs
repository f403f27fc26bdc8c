using System.Collections.Concurrent;

namespace LlamaFp4.AgentDemo.Tests;

/// <summary>A person at a terminal: whoever reads waits until they type.</summary>
internal sealed class Typist : TextReader
{
    private readonly BlockingCollection<string?> _lines = [];
    private readonly TaskCompletionSource _isAwaited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody reads.</summary>
    public Task IsAwaited => _isAwaited.Task;

    public void Type(string? line) => _lines.Add(line);

    public override string? ReadLine()
    {
        _isAwaited.TrySetResult();
        return _lines.Take();
    }

    protected override void Dispose(bool disposing)
    {
        _lines.Dispose();
        base.Dispose(disposing);
    }
}

namespace AgentDemo.Terminal;

/// <summary>Ctrl+C: the first one stops the running answer, one more leaves the program.</summary>
internal sealed class StopKey : IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _answer;

    public StopKey() => Console.CancelKeyPress += OnPressed;

    public CancellationToken StartAnswer()
    {
        lock (_gate)
        {
            _answer = new CancellationTokenSource();
            return _answer.Token;
        }
    }

    public void EndAnswer()
    {
        lock (_gate)
        {
            _answer?.Dispose();
            _answer = null;
        }
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnPressed;
        EndAnswer();
    }

    private void OnPressed(object? sender, ConsoleCancelEventArgs e)
    {
        lock (_gate)
        {
            if (_answer is { IsCancellationRequested: false })
            {
                e.Cancel = true;
                _ = _answer.CancelAsync(); // Elsewhere: what follows the answer may ask for the next question, and the key is pressed again.
            }
        }
    }
}

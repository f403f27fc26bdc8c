namespace LlamaFp4.StandIns;

/// <summary>A request as it arrived at a stand-in, and what became of it.</summary>
/// <param name="Id">The request's id; empty where the protocol has none.</param>
/// <param name="Json">The message, as JSON.</param>
/// <param name="Headers">The call's headers.</param>
public sealed record StandInRequest(string Id, string Json, IReadOnlyDictionary<string, string> Headers)
{
    private readonly TaskCompletionSource<StandInEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sent;

    /// <summary>How it ended, as the server sees it.</summary>
    public Task<StandInEnd> Ended => _end.Task;

    /// <summary>Tokens sent so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    internal CancellationTokenSource Stop { get; } = new();

    internal void CountSent(int tokens) => Volatile.Write(ref _sent, Sent + tokens);

    internal void End(StandInEnd end) => _end.TrySetResult(end);
}

/// <summary>How a request ended.</summary>
public enum StandInEnd
{
    /// <summary>To its end.</summary>
    Complete,

    /// <summary>The client cancelled the call, or its connection went away.</summary>
    Cancelled,

    /// <summary>The client asked for it by id.</summary>
    Aborted,

    /// <summary>The stand-in refused it or failed it, as it had been told.</summary>
    Failed,
}

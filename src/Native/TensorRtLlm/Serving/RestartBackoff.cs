namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>How long to wait before the next restart: twice as long after each crash, from the beginning after a stable run.</summary>
internal sealed class RestartBackoff(TimeSpan first, TimeSpan most, TimeSpan stableTime)
{
    private TimeSpan? _next;

    /// <param name="readyTime">How long the run that ended had answered; zero if it never did.</param>
    public TimeSpan After(TimeSpan readyTime)
    {
        // A run that never answered was not stable, however short the time that is asked for.
        var delay = readyTime > TimeSpan.Zero && readyTime >= stableTime ? first : _next ?? first;
        _next = delay > most / 2 ? most : delay * 2;
        return delay;
    }
}

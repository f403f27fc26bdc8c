namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Ends a request that has been without a token, or has run, for too long.</summary>
/// <remarks>One timer per request, set anew when it fires: a token costs a look at the clock only.</remarks>
internal sealed class RequestWatch : IDisposable
{
    private readonly TensorRtLlmOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<string> _expired;
    private readonly ITimer? _timer;
    private readonly long _start;
    private long _lastStep;
    private bool _hasTokens;
    private bool _isSent;

    /// <param name="options">How long is too long.</param>
    /// <param name="expired">Told what did not happen in time; called once.</param>
    public RequestWatch(TensorRtLlmOptions options, Action<string> expired)
    {
        _options = options;
        _clock = options.TimeProvider;
        _expired = expired;
        _start = _clock.GetTimestamp();
        _timer = _clock.CreateTimer(static watch => ((RequestWatch)watch!).Check(), this, options.RequestTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The request goes to a server: the time to the first token begins.</summary>
    public void Sent()
    {
        Volatile.Write(ref _lastStep, _clock.GetTimestamp());
        Volatile.Write(ref _isSent, true);
        Check();
    }

    /// <summary>Tokens have come.</summary>
    public void Progressed()
    {
        Volatile.Write(ref _lastStep, _clock.GetTimestamp());
        if (!_hasTokens)
        {
            Volatile.Write(ref _hasTokens, true);
            Check();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Check()
    {
        var (limit, text) = Volatile.Read(ref _hasTokens) ? (_options.IdleTimeout, "no further token within {0} (IdleTimeout)")
            : Volatile.Read(ref _isSent) ? (_options.FirstTokenTimeout, "no token within {0} (FirstTokenTimeout)")
            : (Timeout.InfiniteTimeSpan, string.Empty);
        var step = Left(limit, Volatile.Read(ref _lastStep));
        var whole = Left(_options.RequestTimeout, _start);
        if (step <= TimeSpan.Zero)
        {
            _expired(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, limit));
        }
        else if (whole <= TimeSpan.Zero)
        {
            _expired($"no end within {_options.RequestTimeout} (RequestTimeout)");
        }
        else
        {
            var next = step < whole ? step : whole;
            _timer?.Change(next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next, Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan Left(TimeSpan limit, long since) => limit == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : limit - _clock.GetElapsedTime(since);
}

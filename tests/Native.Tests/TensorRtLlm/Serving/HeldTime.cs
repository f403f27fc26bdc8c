using System.Threading.Channels;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

/// <summary>A clock that only tests advance, and timers that only tests fire.</summary>
internal sealed class HeldTime : TimeProvider
{
    private readonly Channel<HeldTimer> _timers = Channel.CreateUnbounded<HeldTimer>();
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    /// <summary>The next timer of this length; others before it stay held.</summary>
    public async Task<HeldTimer> NextAsync(TimeSpan dueTime, CancellationToken cancellationToken)
    {
        while (true)
        {
            var timer = await _timers.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Puppeteer.Patience, cancellationToken);
            if (timer.DueTime == dueTime)
            {
                return timer;
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HeldTimer(callback, state, dueTime);
        _timers.Writer.TryWrite(timer);
        return timer;
    }

    internal sealed class HeldTimer(TimerCallback callback, object? state, TimeSpan dueTime) : ITimer
    {
        private volatile bool _isDisposed;

        public TimeSpan DueTime => dueTime;

        public void Fire()
        {
            if (!_isDisposed)
            {
                callback(state);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => !_isDisposed;

        public void Dispose() => _isDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

namespace LlamaFp4.Extensions.Validation;

/// <summary>A time that is not zero.</summary>
internal sealed class DurationAttribute(double leastSeconds = 0, bool mayBeInfinite = false) : OptionAttribute
{
    // What timers of the runtime take.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    protected override bool Allows(object value) =>
        (TimeSpan)value is var time
        && ((time > TimeSpan.Zero && time.TotalSeconds >= leastSeconds && time <= Longest) || (mayBeInfinite && time == Timeout.InfiniteTimeSpan));

    protected override FormattableString ComplaintOf(object value) =>
        $"must be {(leastSeconds > 0 ? $"at least {leastSeconds} seconds" : "more than 00:00:00")} and at most {Longest.Days} days{(mayBeInfinite ? ", or -00:00:00.001 for ever" : "")}, but is {value}.";
}

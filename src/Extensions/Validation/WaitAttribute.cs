namespace LlamaFp4.Extensions.Validation;

/// <summary>A time that a timer can wait for, or for ever.</summary>
internal sealed class WaitAttribute : OptionAttribute
{
    // What timers of the runtime take.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    protected override bool Allows(object value) =>
        (TimeSpan)value is var time && ((time >= TimeSpan.Zero && time <= Longest) || time == Timeout.InfiniteTimeSpan);

    protected override FormattableString ComplaintOf(object value) =>
        $"must be 00:00:00 to {Longest.Days} days, or -00:00:00.001 for as long as it takes, but is {value}.";
}

namespace LlamaFp4.Extensions.Validation;

/// <summary>A whole number between two others, both allowed.</summary>
internal sealed class BetweenAttribute(int least, int most) : OptionAttribute
{
    protected override bool Allows(object value) => (int)value >= least && (int)value <= most;

    protected override FormattableString ComplaintOf(object value) => $"must be {least} to {most}, but is {value}.";
}

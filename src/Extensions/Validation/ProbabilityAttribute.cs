namespace LlamaFp4.Extensions.Validation;

/// <summary>A probability that leaves something to choose from.</summary>
internal sealed class ProbabilityAttribute : OptionAttribute
{
    protected override bool Allows(object value) => (float)value is > 0 and <= 1;

    protected override FormattableString ComplaintOf(object value) => $"must be more than 0 and at most 1, but is {value}.";
}

namespace LlamaFp4.Extensions.Validation;

/// <summary>A number that is not too small. Not a number is too small too.</summary>
internal sealed class AtLeastAttribute(int least) : OptionAttribute
{
    protected override bool Allows(object value) => Convert.ToDouble(value, null) is var number && number >= least && !double.IsPositiveInfinity(number);

    protected override FormattableString ComplaintOf(object value) => $"must be {least} or more, but is {value}.";
}

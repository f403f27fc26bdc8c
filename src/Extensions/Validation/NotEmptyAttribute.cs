namespace LlamaFp4.Extensions.Validation;

/// <summary>A text that may be left out but not be empty.</summary>
/// <param name="advice">What to give instead.</param>
internal sealed class NotEmptyAttribute(string advice) : OptionAttribute
{
    protected override bool Allows(object value) => (string)value is not "";

    protected override FormattableString ComplaintOf(object value) => $"is empty: {advice}.";
}

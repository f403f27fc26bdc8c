namespace LlamaFp4.Extensions.Validation;

/// <summary>A member of its enumeration: configuration takes any number for one.</summary>
internal sealed class NamedAttribute : OptionAttribute
{
    protected override bool Allows(object value) => Enum.IsDefined(value.GetType(), value);

    protected override FormattableString ComplaintOf(object value) => $"must be one of {string.Join(", ", Enum.GetNames(value.GetType()))}, but is {value}.";
}

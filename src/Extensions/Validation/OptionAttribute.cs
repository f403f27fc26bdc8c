using System.ComponentModel.DataAnnotations;

namespace LlamaFp4.Extensions.Validation;

/// <summary>What the value of an option must be. The message names the configuration key, so that its reader knows what to change.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class OptionAttribute : ValidationAttribute
{
    protected abstract bool Allows(object value);

    /// <summary>What is wrong with a value that is not allowed: the rest of a sentence that begins with its key.</summary>
    protected abstract FormattableString ComplaintOf(object value);

    protected sealed override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (value is null || Allows(value))
        {
            return ValidationResult.Success;
        }

        var key = validationContext.ObjectInstance switch
        {
            LlamaFp4ConnectionOptions connection => connection.KeyOf(validationContext.MemberName!),
            LlamaFp4ServerOptions server => server.KeyOf(validationContext.MemberName!),
            _ => ((LlamaFp4Options)validationContext.ObjectInstance).KeyOf(validationContext.MemberName!),
        };
        return new ValidationResult($"{key} {FormattableString.Invariant(ComplaintOf(value))}");
    }
}

using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Validation;

/// <summary>Checks options that exclude or need each other, and reports what could not be read.</summary>
internal sealed class CombinationValidator : IValidateOptions<LlamaFp4Options>
{
    public ValidateOptionsResult Validate(string? name, LlamaFp4Options options)
    {
        List<string> failures = [.. options.Complaints];
        if (options.DateText is not null && options.UseCurrentDate)
        {
            failures.Add($"{options.KeyOf(nameof(options.DateText))} cannot be combined with {options.KeyOf(nameof(options.UseCurrentDate))}: set one of them.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}

using LlamaFp4.Native.Cpu;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Registration;

/// <summary>Checks option values and names the configuration key of each one that is wrong.</summary>
/// <remarks>Written by hand because the messages depend on the section the options came from, which validation attributes cannot know.</remarks>
internal sealed class LlamaFp4OptionsValidator : IValidateOptions<LlamaFp4Options>
{
    public ValidateOptionsResult Validate(string? name, LlamaFp4Options options)
    {
        List<string> failures = [];

        Check(options.Model is not "", nameof(options.Model), $"is empty: give a checkpoint directory, or leave it out for the pocket model.");
        Check(options.ModelId is not "", nameof(options.ModelId), $"is empty: give a name, or leave it out for the checkpoint's own.");
        Check(
            Enum.IsDefined(options.Numerics),
            nameof(options.Numerics),
            $"must be one of {string.Join(", ", Enum.GetNames<CpuNumerics>())}, but is {options.Numerics}.");
        CheckCount(options.ThreadCount, nameof(options.ThreadCount));
        CheckAtLeast(1, options.ContextLength, nameof(options.ContextLength));
        CheckAtLeast(32, options.KvCacheTokens, nameof(options.KvCacheTokens));
        CheckCount(options.MaxConcurrentRequests, nameof(options.MaxConcurrentRequests));
        CheckAtLeast(0, options.MaxQueuedRequests, nameof(options.MaxQueuedRequests));
        CheckAtLeast(1, options.MaxOutputTokens, nameof(options.MaxOutputTokens));
        Check(
            options.Temperature is null or (>= 0 and < float.PositiveInfinity),
            nameof(options.Temperature),
            $"must be 0 or more, but is {options.Temperature}.");
        Check(options.TopP is null or (> 0 and <= 1), nameof(options.TopP), $"must be more than 0 and at most 1, but is {options.TopP}.");
        Check(
            options.DateText is null || !options.UseCurrentDate,
            nameof(options.DateText),
            $"cannot be combined with {options.KeyOf(nameof(options.UseCurrentDate))}: set one of them.");

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Check(bool valid, string option, FormattableString complaint)
        {
            if (!valid)
            {
                failures.Add($"{options.KeyOf(option)} {FormattableString.Invariant(complaint)}");
            }
        }

        void CheckAtLeast(int least, int? value, string option) =>
            Check(value is null || value >= least, option, $"must be {least} or more, but is {value}.");

        void CheckCount(int? value, string option) =>
            Check(value is null or (>= 1 and <= 1024), option, $"must be 1 to 1024, but is {value}.");
    }
}

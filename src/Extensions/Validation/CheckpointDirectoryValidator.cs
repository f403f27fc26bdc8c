using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Validation;

/// <summary>Checks that the checkpoint directory of one named options instance exists.</summary>
/// <remarks>Apart from the other checks because a client with a session of its own does not read the directory.</remarks>
internal sealed class CheckpointDirectoryValidator(string optionsName) : IValidateOptions<LlamaFp4Options>
{
    public ValidateOptionsResult Validate(string? name, LlamaFp4Options options)
    {
        if (name != optionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        return string.IsNullOrEmpty(options.Model) || Directory.Exists(options.Model)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{options.KeyOf(nameof(options.Model))} is '{options.Model}', but there is no directory '{Path.GetFullPath(options.Model)}'. "
                + "Give the directory of an NVFP4 checkpoint, or leave it out for the pocket model.");
    }
}

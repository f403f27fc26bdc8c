using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Validation;

/// <summary>Checks each option by its attributes.</summary>
[OptionsValidator]
internal sealed partial class LlamaFp4OptionsValidator : IValidateOptions<LlamaFp4Options>;

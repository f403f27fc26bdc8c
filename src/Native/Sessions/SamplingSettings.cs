using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Sessions;

/// <summary>A request's sampling parameters, checked, with the checkpoint's defaults where the request leaves them open.</summary>
internal sealed record SamplingSettings
{
    public float Temperature { get; init; }

    public int TopK { get; init; }

    public float TopP { get; init; } = 1;

    public float MinP { get; init; }

    public float RepetitionPenalty { get; init; } = 1;

    public float PresencePenalty { get; init; }

    public float FrequencyPenalty { get; init; }

    public long? Seed { get; init; }

    public bool IsGreedy => Temperature == 0;

    public bool HasPenalties => RepetitionPenalty != 1 || PresencePenalty != 0 || FrequencyPenalty != 0;

    public static SamplingSettings Resolve(SamplingParameters parameters, LlamaConfig config) => new()
    {
        Temperature = Check(parameters.Temperature, nameof(SamplingParameters.Temperature), value => value >= 0, "0 or more") ?? config.DefaultTemperature,
        TopK = CheckCount(parameters.TopK, nameof(SamplingParameters.TopK)) ?? config.DefaultTopK ?? 0,
        TopP = Check(parameters.TopP, nameof(SamplingParameters.TopP), value => value is > 0 and <= 1, "above 0 and at most 1") ?? config.DefaultTopP ?? 1,
        MinP = Check(parameters.MinP, nameof(SamplingParameters.MinP), value => value is >= 0 and <= 1, "from 0 to 1") ?? 0,
        RepetitionPenalty = Check(parameters.RepetitionPenalty, nameof(SamplingParameters.RepetitionPenalty), value => value > 0, "above 0") ?? 1,
        PresencePenalty = Check(parameters.PresencePenalty, nameof(SamplingParameters.PresencePenalty), _ => true, "finite") ?? 0,
        FrequencyPenalty = Check(parameters.FrequencyPenalty, nameof(SamplingParameters.FrequencyPenalty), _ => true, "finite") ?? 0,
        Seed = parameters.Seed,
    };

    private static float? Check(float? value, string name, Func<float, bool> isValid, string expected) =>
        value is not { } given || (float.IsFinite(given) && isValid(given))
            ? value
            : throw new ArgumentOutOfRangeException(name, given, $"{name} must be {expected}.");

    private static int? CheckCount(int? value, string name) =>
        value is not < 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be 0 (off) or more.");
}

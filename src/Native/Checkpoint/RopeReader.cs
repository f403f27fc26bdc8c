namespace LlamaFp4.Native.Checkpoint;

/// <summary>Reads the rotary embedding's parameters from <c>config.json</c>.</summary>
/// <remarks>Transformers 4 writes <c>rope_theta</c> and <c>rope_scaling</c>; version 5 writes one object, <c>rope_parameters</c>.</remarks>
internal static class RopeReader
{
    private const double ThetaLimit = 1e15;
    private const double FactorLimit = 1e6;
    private const int ContextLimit = 1 << 24;

    public static (double Theta, RopeScaling? Scaling) Read(JsonField root)
    {
        var parameters = root["rope_parameters"];
        var scaling = root["rope_scaling"];
        if (parameters.IsMissing)
        {
            return (ReadTheta(root["rope_theta"]), scaling.IsMissing ? null : ReadScaling(scaling));
        }

        if (!scaling.IsMissing)
        {
            throw scaling.Unexpected("no such field beside 'rope_parameters'");
        }

        var theta = ReadTheta(parameters["rope_theta"]);
        var outer = root["rope_theta"];
        if (!outer.IsMissing && ReadTheta(outer) != theta)
        {
            throw outer.Unexpected("the same value as in 'rope_parameters'");
        }

        return (theta, ReadScaling(parameters));
    }

    private static double ReadTheta(JsonField field) => field.ToDouble(1, ThetaLimit);

    private static RopeScaling? ReadScaling(JsonField rope)
    {
        var type = rope["rope_type"].IsMissing && !rope["type"].IsMissing ? rope["type"] : rope["rope_type"];
        const string expected = "\"llama3\" or \"default\"";
        return type.ToText(expected) switch
        {
            "default" => null,
            "llama3" => ReadLlama3(rope),
            _ => throw type.Unexpected(expected + "; other scalings are not supported"),
        };
    }

    private static RopeScaling ReadLlama3(JsonField rope)
    {
        var lowFrequencyFactor = rope["low_freq_factor"].ToDouble(1e-6, FactorLimit);
        var highFrequencyFactor = rope["high_freq_factor"].ToDouble(1e-6, FactorLimit);
        if (highFrequencyFactor <= lowFrequencyFactor)
        {
            throw rope["high_freq_factor"].Unexpected("more than 'low_freq_factor'");
        }

        return new RopeScaling(
            rope["factor"].ToDouble(1, FactorLimit),
            lowFrequencyFactor,
            highFrequencyFactor,
            rope["original_max_position_embeddings"].ToInt32(1, ContextLimit));
    }
}

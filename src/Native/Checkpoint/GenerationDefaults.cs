namespace LlamaFp4.Native.Checkpoint;

/// <summary>What <c>generation_config.json</c> suggests; without that file: greedy, and the end ids of <c>config.json</c>.</summary>
internal sealed record GenerationDefaults(IReadOnlyList<int>? EndOfSequenceTokenIds, float Temperature, float? TopP, int? TopK)
{
    public static GenerationDefaults Read(string directory, int vocabularySize)
    {
        var file = Path.Combine(directory, "generation_config.json");
        if (!CheckpointFile.IsPresent(file))
        {
            return new GenerationDefaults(null, 0, null, null);
        }

        var root = JsonField.ReadFile(file);
        return new GenerationDefaults(
            ReadTokenIds(root["eos_token_id"], vocabularySize),
            ReadTemperature(root),
            ReadTopP(root["top_p"]),
            ReadTopK(root["top_k"]));
    }

    /// <summary>One id or a list of ids; null if the field is missing.</summary>
    public static IReadOnlyList<int>? ReadTokenIds(JsonField field, int vocabularySize)
    {
        if (field.IsMissing)
        {
            return null;
        }

        return field.IsArray
            ? [.. field.ToList("a list of token ids").Select(id => id.ToInt32(0, vocabularySize - 1)).Distinct()]
            : [field.ToInt32(0, vocabularySize - 1)];
    }

    // Transformers' own defaults: do_sample false; temperature 1 once it is true.
    private static float ReadTemperature(JsonField root)
    {
        var temperature = root["temperature"].IsMissing ? 1 : (float)root["temperature"].ToDouble(0, 1000);
        var sampling = !root["do_sample"].IsMissing && root["do_sample"].ToBoolean();
        return sampling ? temperature : 0;
    }

    private static float? ReadTopP(JsonField field)
    {
        if (field.IsMissing)
        {
            return null;
        }

        var value = (float)field.ToDouble(0, 1);
        return value > 0 ? value : throw field.Unexpected("a number above 0 and at most 1");
    }

    // 0 switches the filter off in transformers.
    private static int? ReadTopK(JsonField field) => field.IsMissing || field.ToInt32(0, int.MaxValue) is 0 ? null : field.ToInt32(1, int.MaxValue);
}

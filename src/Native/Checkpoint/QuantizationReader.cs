namespace LlamaFp4.Native.Checkpoint;

/// <summary>Reads how the checkpoint is quantised, and refuses everything but NVFP4 with static activation scales.</summary>
/// <remarks>
/// ModelOpt writes <c>hf_quant_config.json</c>; newer versions repeat it in another form as <c>quantization_config</c> in
/// <c>config.json</c>. A fact that only one of them states counts; facts that contradict each other are refused.
/// </remarks>
internal static class QuantizationReader
{
    private const string Algorithm = "NVFP4";
    private const string KvCacheAlgorithm = "FP8";
    private const string NoAlgorithm = "none";

    // 405B has 882 linear layers; each pattern is compared with each of them.
    private const int PatternLimit = 10_000;

    public static NvFp4Quantization Read(string directory)
    {
        var file = Path.Combine(directory, "hf_quant_config.json");
        var configFile = Path.Combine(directory, "config.json");
        var config = JsonField.ReadFile(configFile)["quantization_config"];
        var own = CheckpointFile.IsPresent(file) ? ReadOwnFile(file) : null;
        var inConfig = config.IsMissing ? null : ReadConfigSection(config);
        if (own is null && inConfig is null)
        {
            throw new CheckpointException(configFile, null, "the checkpoint is not quantised: expected hf_quant_config.json or 'quantization_config' with NVFP4.");
        }

        return Merge(own, inConfig);
    }

    private static Statement ReadOwnFile(string file)
    {
        var quantization = JsonField.ReadFile(file)["quantization"];
        RequireAlgorithm(quantization);
        return new Statement(file, ReadPatterns(quantization["exclude_modules"]), ReadKvCacheAlgorithm(quantization["kv_cache_quant_algo"]));
    }

    private static Statement ReadConfigSection(JsonField section)
    {
        // Versions before 0.31 or so wrote quant_library instead of quant_method.
        var method = section["quant_method"].IsMissing ? section["quant_library"] : section["quant_method"];
        if (method.ToText("\"modelopt\"") is not ("modelopt" or "modelopt_fp4"))
        {
            throw method.Unexpected("\"modelopt\"; other quantisations are not supported");
        }

        RequireAlgorithm(section);
        var ignore = section["ignore"].IsMissing ? section["exclude_modules"] : section["ignore"];
        return new Statement(section.File, ReadPatterns(ignore), ReadKvCacheScheme(section));
    }

    private static void RequireAlgorithm(JsonField section)
    {
        var algorithm = section["quant_algo"];
        var name = algorithm.ToText($"\"{Algorithm}\"");
        if (name is not (Algorithm or "MIXED_PRECISION"))
        {
            throw algorithm.Unexpected($"\"{Algorithm}\"; other quantisations are not supported");
        }

        var layers = section["quantized_layers"];
        if (name == "MIXED_PRECISION" || !layers.IsMissing)
        {
            RequireEveryLayer(layers);
        }

        var groups = section["config_groups"];
        if (!groups.IsMissing)
        {
            RequireEveryGroup(groups);
        }

        var groupSize = section["group_size"];
        if (!groupSize.IsMissing || (groups.IsMissing && layers.IsMissing))
        {
            RequireGroupSize(groupSize);
        }
    }

    private static void RequireEveryLayer(JsonField layers)
    {
        foreach (var (name, layer) in layers.Members())
        {
            var algorithm = layer["quant_algo"];
            if (algorithm.ToText($"\"{Algorithm}\"") != Algorithm)
            {
                throw algorithm.Unexpected($"\"{Algorithm}\" for layer '{name}'; mixed precision is not supported");
            }

            RequireGroupSize(layer["group_size"]);
        }
    }

    private static void RequireEveryGroup(JsonField groups)
    {
        foreach (var (_, group) in groups.Members())
        {
            RequireFourBitFloat(group["weights"]);
            RequireFourBitFloat(group["input_activations"]);
        }
    }

    private static void RequireFourBitFloat(JsonField tensor)
    {
        if (tensor.IsMissing)
        {
            throw tensor.Unexpected("4-bit floats; weight-only quantisation is not supported");
        }

        _ = tensor["num_bits"].ToInt32(4, 4);
        RequireGroupSize(tensor["group_size"]);
        if (tensor["type"].ToText("\"float\"") != "float")
        {
            throw tensor["type"].Unexpected("\"float\"");
        }

        if (!tensor["dynamic"].IsMissing && tensor["dynamic"].ToBoolean())
        {
            throw tensor["dynamic"].Unexpected("false, a static scale");
        }
    }

    private static void RequireGroupSize(JsonField field)
    {
        if (field.ToInt32(1, int.MaxValue) != NvFp4.BlockSize)
        {
            throw field.Unexpected($"{NvFp4.BlockSize}");
        }
    }

    private static IReadOnlyList<ModulePattern>? ReadPatterns(JsonField field)
    {
        if (field.IsMissing)
        {
            return null;
        }

        var patterns = field.ToList("a list of module names");
        return patterns.Count <= PatternLimit
            ? [.. patterns.Select(ReadPattern)]
            : throw field.Unexpected($"at most {PatternLimit} module names");
    }

    private static ModulePattern ReadPattern(JsonField field)
    {
        var text = field.ToText("a module name");
        return text.Length == 0 || text.StartsWith("re:", StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal)
            ? throw field.Unexpected("a module name, possibly with '*' and '?'")
            : new ModulePattern(text);
    }

    private static string? ReadKvCacheAlgorithm(JsonField field)
    {
        if (field.IsMissing)
        {
            return field.IsNull ? NoAlgorithm : null;
        }

        return field.ToText("\"FP8\" or null") == KvCacheAlgorithm
            ? KvCacheAlgorithm
            : throw field.Unexpected("\"FP8\" or null; other KV-cache quantisations are not supported");
    }

    private static string? ReadKvCacheScheme(JsonField section)
    {
        var scheme = section["kv_cache_scheme"];
        if (!scheme.IsObject)
        {
            // Older exporters copied the name of the algorithm into the scheme.
            return ReadKvCacheAlgorithm(scheme) ?? ReadKvCacheAlgorithm(section["kv_cache_quant_algo"]);
        }

        return scheme["num_bits"].ToInt32(1, int.MaxValue) == 8 && scheme["type"].ToText() == "float"
            ? KvCacheAlgorithm
            : throw scheme.Unexpected("8-bit floats; other KV-cache quantisations are not supported");
    }

    private static NvFp4Quantization Merge(Statement? own, Statement? inConfig)
    {
        if (own is { ExcludedModules: { } ours } && inConfig is { ExcludedModules: { } theirs } && !ours.ToHashSet().SetEquals(theirs))
        {
            throw Disagreement(own, inConfig, "which modules are excluded", List(ours), List(theirs));
        }

        if (own?.KvCacheAlgorithm is { } first && inConfig?.KvCacheAlgorithm is { } second && first != second)
        {
            throw Disagreement(own, inConfig, "the KV cache", first, second);
        }

        return new NvFp4Quantization(
            (own ?? inConfig)!.File,
            own?.ExcludedModules ?? inConfig?.ExcludedModules ?? [],
            (own?.KvCacheAlgorithm ?? inConfig?.KvCacheAlgorithm) == KvCacheAlgorithm ? KvCacheAlgorithm : null);
    }

    private static CheckpointException Disagreement(Statement own, Statement inConfig, string subject, string ours, string theirs) =>
        new(own.File, null, $"disagrees with 'quantization_config' in {inConfig.File} about {subject}: {ours} here, {theirs} there.");

    private static string List(IEnumerable<ModulePattern> patterns) => $"[{string.Join(", ", patterns.Select(pattern => pattern.Text))}]";

    /// <summary>What one of the two files says; null where it says nothing.</summary>
    private sealed record Statement(string File, IReadOnlyList<ModulePattern>? ExcludedModules, string? KvCacheAlgorithm);
}

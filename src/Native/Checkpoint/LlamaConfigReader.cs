namespace LlamaFp4.Native.Checkpoint;

/// <summary>Reads <c>config.json</c>: sizes within limits, and nothing that this implementation would have to ignore.</summary>
internal static class LlamaConfigReader
{
    // Far above any Llama, and low enough that context × layers × heads × head size × 8 bytes stays below 2^63.
    private const int VocabularyLimit = 1 << 24;
    private const int SizeLimit = 1 << 20;
    private const int LayerLimit = 1 << 10;
    private const int HeadLimit = 1 << 12;
    private const int HeadSizeLimit = 1 << 12;
    private const int ContextLimit = 1 << 24;

    public static LlamaConfig Read(string directory)
    {
        var root = JsonField.ReadFile(Path.Combine(directory, "config.json"));
        RequireArchitecture(root);

        var vocabularySize = root["vocab_size"].ToInt32(1, VocabularyLimit);
        var hiddenSize = ReadMultipleOfBlock(root["hidden_size"], SizeLimit);
        var headCount = root["num_attention_heads"].ToInt32(1, HeadLimit);
        var rope = RopeReader.Read(root);
        var generation = GenerationDefaults.Read(directory, vocabularySize);
        return new LlamaConfig
        {
            VocabularySize = vocabularySize,
            HiddenSize = hiddenSize,
            IntermediateSize = ReadMultipleOfBlock(root["intermediate_size"], SizeLimit),
            LayerCount = root["num_hidden_layers"].ToInt32(1, LayerLimit),
            HeadCount = headCount,
            KvHeadCount = ReadKvHeadCount(root["num_key_value_heads"], headCount),
            HeadSize = ReadHeadSize(root, hiddenSize, headCount),
            ContextLength = root["max_position_embeddings"].ToInt32(1, ContextLimit),
            RmsNormEpsilon = (float)root["rms_norm_eps"].ToDouble(1e-12, 1),
            RopeTheta = rope.Theta,
            RopeScaling = rope.Scaling,
            TieWordEmbeddings = ReadFlag(root["tie_word_embeddings"]),
            EndOfSequenceTokenIds = generation.EndOfSequenceTokenIds
                ?? GenerationDefaults.ReadTokenIds(root["eos_token_id"], vocabularySize)
                ?? [],
            DefaultTemperature = generation.Temperature,
            DefaultTopP = generation.TopP,
            DefaultTopK = generation.TopK,
        };
    }

    private static void RequireArchitecture(JsonField root)
    {
        const string expected = "[\"LlamaForCausalLM\"]";
        var architectures = root["architectures"];
        var names = architectures.ToList(expected);
        if (names.Count != 1 || names[0].ToText() != "LlamaForCausalLM")
        {
            throw architectures.Unexpected(expected);
        }

        RequireText(root["model_type"], "llama");
        RequireText(root["hidden_act"], "silu");
        RequireFalse(root["attention_bias"]);
        RequireFalse(root["mlp_bias"]);
    }

    private static void RequireText(JsonField field, string value)
    {
        if (!field.IsMissing && field.ToText($"\"{value}\"") != value)
        {
            throw field.Unexpected($"\"{value}\"");
        }
    }

    private static void RequireFalse(JsonField field)
    {
        if (ReadFlag(field))
        {
            throw field.Unexpected("false (biases are not supported)");
        }
    }

    private static bool ReadFlag(JsonField field) => !field.IsMissing && field.ToBoolean();

    private static int ReadMultipleOfBlock(JsonField field, int limit)
    {
        var value = field.ToInt32(1, limit);
        return value % NvFp4.BlockSize == 0 ? value : throw field.Unexpected($"a multiple of {NvFp4.BlockSize}, the NVFP4 block");
    }

    private static int ReadKvHeadCount(JsonField field, int headCount)
    {
        var value = field.ToInt32(1, HeadLimit);
        return headCount % value == 0 ? value : throw field.Unexpected($"a divisor of the {headCount} attention heads");
    }

    private static int ReadHeadSize(JsonField root, int hiddenSize, int headCount)
    {
        var field = root["head_dim"];
        if (field.IsMissing && hiddenSize % headCount != 0)
        {
            throw root["num_attention_heads"].Unexpected($"a divisor of the hidden size {hiddenSize}, since 'head_dim' is not given");
        }

        var headSize = field.IsMissing ? hiddenSize / headCount : field.ToInt32(2, HeadSizeLimit);
        if (headSize is < 2 or > HeadSizeLimit || headSize % 2 != 0)
        {
            throw new CheckpointException(root.File, null, $"the head size is {headSize}, expected an even number from 2 to {HeadSizeLimit}.");
        }

        return headSize * headCount % NvFp4.BlockSize == 0
            ? headSize
            : throw new CheckpointException(root.File, null, $"{headCount} heads of size {headSize} make {headSize * headCount} columns of o_proj, expected a multiple of {NvFp4.BlockSize}.");
    }
}

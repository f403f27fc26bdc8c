using System.Text.Json.Nodes;

namespace LlamaFp4.Tests.Shared;

/// <summary>A checkpoint with random weights in ModelOpt's layout; the same properties and seed give the same bytes.</summary>
/// <remarks>Without tokenizer files: copy those of a real checkpoint beside it where text is needed.</remarks>
internal sealed record RandomCheckpoint
{
    /// <summary>The smallest sensible Llama, 28 KB.</summary>
    public static RandomCheckpoint Tiny { get; } = new();

    /// <summary>The shape of Llama 3.2 1B, about 1.1 GB.</summary>
    public static RandomCheckpoint Llama1B { get; } = new()
    {
        VocabularySize = 128256,
        HiddenSize = 2048,
        IntermediateSize = 8192,
        LayerCount = 16,
        HeadCount = 32,
        KvHeadCount = 8,
        HeadSize = 64,
        ContextLength = 131072,
        TieWordEmbeddings = true,
        UsesRandomCodes = true,
    };

    /// <summary>The shape of Llama 3.1 8B, about 6 GB.</summary>
    public static RandomCheckpoint Llama8B { get; } = new()
    {
        VocabularySize = 128256,
        HiddenSize = 4096,
        IntermediateSize = 14336,
        LayerCount = 32,
        HeadCount = 32,
        KvHeadCount = 8,
        HeadSize = 128,
        ContextLength = 131072,
        UsesRandomCodes = true,
        ShardCount = 2,
    };

    public int VocabularySize { get; init; } = 96;
    public int HiddenSize { get; init; } = 32;
    public int IntermediateSize { get; init; } = 48;
    public int LayerCount { get; init; } = 2;
    public int HeadCount { get; init; } = 4;
    public int KvHeadCount { get; init; } = 2;
    public int HeadSize { get; init; } = 8;
    public int ContextLength { get; init; } = 256;
    public bool TieWordEmbeddings { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>1 writes model.safetensors, more write an index and that many files.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>Whether codes and block scales are drawn directly instead of quantising drawn weights: for shapes that do not fit in memory.</summary>
    public bool UsesRandomCodes { get; init; }

    /// <summary>Spaces added to each safetensors header.</summary>
    public int HeaderPadding { get; init; }

    public bool WritesQuantConfigFile { get; init; } = true;
    public bool WritesQuantizationConfig { get; init; }
    public bool WritesGenerationConfig { get; init; } = true;
    public bool WritesKvCacheScales { get; init; }

    /// <summary>Whether second-level and activation scales are BF16 of shape [1] instead of F32 scalars.</summary>
    public bool WritesScalarsAsBFloat16 { get; init; }

    /// <summary>Writes all files into a directory, which is created if need be.</summary>
    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        WriteJson(directory, "config.json", Config());
        if (WritesQuantConfigFile)
        {
            WriteJson(directory, "hf_quant_config.json", QuantConfigFile());
        }

        if (WritesGenerationConfig)
        {
            WriteJson(directory, "generation_config.json", GenerationConfig());
        }

        WriteTensors(directory, RandomTensors.All(this));
    }

    private static void WriteJson(string directory, string file, JsonObject content) =>
        File.WriteAllText(Path.Combine(directory, file), content.ToJsonString());

    private JsonObject Config()
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["attention_bias"] = false,
            ["bos_token_id"] = 0,
            ["eos_token_id"] = new JsonArray(1, 2, 3),
            ["head_dim"] = HeadSize,
            ["hidden_act"] = "silu",
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["max_position_embeddings"] = ContextLength,
            ["mlp_bias"] = false,
            ["model_type"] = "llama",
            ["num_attention_heads"] = HeadCount,
            ["num_hidden_layers"] = LayerCount,
            ["num_key_value_heads"] = KvHeadCount,
            ["rms_norm_eps"] = 1e-5,
            ["rope_scaling"] = new JsonObject
            {
                ["factor"] = 8.0,
                ["high_freq_factor"] = 4.0,
                ["low_freq_factor"] = 1.0,
                ["original_max_position_embeddings"] = 8192,
                ["rope_type"] = "llama3",
            },
            ["rope_theta"] = 500000.0,
            ["tie_word_embeddings"] = TieWordEmbeddings,
            ["torch_dtype"] = "bfloat16",
            ["vocab_size"] = VocabularySize,
        };

        if (WritesQuantizationConfig)
        {
            config["quantization_config"] = QuantizationConfig();
        }

        return config;
    }

    private JsonObject QuantConfigFile() => new()
    {
        ["producer"] = new JsonObject { ["name"] = "modelopt", ["version"] = "0.23.0" },
        ["quantization"] = new JsonObject
        {
            ["quant_algo"] = "NVFP4",
            ["kv_cache_quant_algo"] = WritesKvCacheScales ? "FP8" : null,
            ["group_size"] = 16,
            ["exclude_modules"] = new JsonArray("lm_head"),
        },
    };

    private JsonObject QuantizationConfig()
    {
        static JsonObject FourBitFloat() => new() { ["dynamic"] = false, ["num_bits"] = 4, ["type"] = "float", ["group_size"] = 16 };

        var config = new JsonObject
        {
            ["config_groups"] = new JsonObject
            {
                ["group_0"] = new JsonObject
                {
                    ["input_activations"] = FourBitFloat(),
                    ["weights"] = FourBitFloat(),
                    ["targets"] = new JsonArray("Linear"),
                },
            },
            ["ignore"] = new JsonArray("lm_head"),
            ["quant_algo"] = "NVFP4",
            ["quant_method"] = "modelopt",
        };

        if (WritesKvCacheScales)
        {
            config["kv_cache_scheme"] = new JsonObject { ["dynamic"] = false, ["num_bits"] = 8, ["type"] = "float" };
        }

        return config;
    }

    private static JsonObject GenerationConfig() => new()
    {
        ["bos_token_id"] = 0,
        ["do_sample"] = true,
        ["eos_token_id"] = new JsonArray(1, 2, 3),
        ["temperature"] = 0.6,
        ["top_p"] = 0.9,
    };

    private void WriteTensors(string directory, IReadOnlyList<TensorSource> tensors)
    {
        if (ShardCount == 1)
        {
            SafetensorsWriter.Write(Path.Combine(directory, "model.safetensors"), tensors, HeaderPadding);
            return;
        }

        var map = new JsonObject();
        var total = tensors.Sum(tensor => tensor.ByteLength);
        var begin = 0L;
        var shards = tensors.ToLookup(tensor =>
        {
            var shard = (int)(begin * ShardCount / total);
            begin += tensor.ByteLength;
            return shard;
        });

        foreach (var shard in shards)
        {
            var file = $"model-{shard.Key + 1:D5}-of-{ShardCount:D5}.safetensors";
            SafetensorsWriter.Write(Path.Combine(directory, file), shard, HeaderPadding);
            foreach (var tensor in shard)
            {
                map[tensor.Name] = file;
            }
        }

        WriteJson(directory, "model.safetensors.index.json", new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = total },
            ["weight_map"] = map,
        });
    }
}

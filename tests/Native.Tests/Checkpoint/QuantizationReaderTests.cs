using System.Text.Json.Nodes;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class QuantizationReaderTests
{
    private static readonly RandomCheckpoint OnlyInConfig = RandomCheckpoint.Tiny with { WritesQuantConfigFile = false, WritesQuantizationConfig = true };
    private static readonly RandomCheckpoint InBoth = RandomCheckpoint.Tiny with { WritesQuantizationConfig = true, WritesKvCacheScales = true };

    [Fact]
    public void Open_QuantConfigFile_IsRead()
    {
        using var directory = new CheckpointDirectory();

        using var checkpoint = directory.Open();

        Assert.Equal(directory["hf_quant_config.json"], checkpoint.Quantization.File);
        Assert.Equal(["lm_head"], checkpoint.Quantization.ExcludedModules.Select(pattern => pattern.Text));
        Assert.Null(checkpoint.Quantization.KvCacheAlgorithm);
    }

    [Fact]
    public void Open_OnlyQuantizationConfig_IsRead()
    {
        using var directory = new CheckpointDirectory(OnlyInConfig);

        using var checkpoint = directory.Open();

        Assert.Equal(directory["config.json"], checkpoint.Quantization.File);
        Assert.Equal(["lm_head"], checkpoint.Quantization.ExcludedModules.Select(pattern => pattern.Text));
    }

    [Fact]
    public void Open_BothAgree_IsRead()
    {
        using var directory = new CheckpointDirectory(InBoth);

        using var checkpoint = directory.Open();

        Assert.Equal("FP8", checkpoint.Quantization.KvCacheAlgorithm);
    }

    [Fact]
    public void Open_KvCacheSchemeAsName_IsRead()
    {
        using var directory = new CheckpointDirectory(InBoth);
        directory.EditJson("config.json", config => config["quantization_config"]!["kv_cache_scheme"] = "FP8");

        using var checkpoint = directory.Open();

        Assert.Equal("FP8", checkpoint.Quantization.KvCacheAlgorithm);
    }

    [Fact]
    public void Open_QuantLibraryInsteadOfMethod_IsRead()
    {
        using var directory = new CheckpointDirectory(OnlyInConfig);
        directory.EditJson("config.json", config =>
        {
            config["quantization_config"]!.AsObject().Remove("quant_method");
            config["quantization_config"]!["quant_library"] = "modelopt";
        });

        using var checkpoint = directory.Open();

        Assert.Equal(["lm_head"], checkpoint.Quantization.ExcludedModules.Select(pattern => pattern.Text));
    }

    [Fact]
    public void Open_NoDescription_IsRefusedAsNotQuantised()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesQuantConfigFile = false });

        Assert.Contains(
            "the checkpoint is not quantised: expected hf_quant_config.json or 'quantization_config' with NVFP4",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ExcludeListsDisagree_IsRefused()
    {
        using var directory = new CheckpointDirectory(InBoth);
        directory.EditJson("config.json", config => config["quantization_config"]!["ignore"] = new JsonArray("lm_head", "model.layers.1.*"));

        var message = directory.OpenFails().Message;

        Assert.Contains("disagrees with 'quantization_config'", message, StringComparison.Ordinal);
        Assert.Contains("which modules are excluded: [lm_head] here, [lm_head, model.layers.1.*] there", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KvCacheDisagrees_IsRefused()
    {
        using var directory = new CheckpointDirectory(InBoth);
        directory.EditJson("hf_quant_config.json", file => file["quantization"]!["kv_cache_quant_algo"] = null);

        Assert.Contains("about the KV cache: none here, FP8 there", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AlgorithmsDisagree_IsRefused()
    {
        using var directory = new CheckpointDirectory(InBoth);
        directory.EditJson("config.json", config => config["quantization_config"]!["quant_algo"] = "FP8");

        Assert.Contains("'quantization_config.quant_algo' is \"FP8\", expected \"NVFP4\"", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quant_algo", "\"FP8\"", "'quantization.quant_algo' is \"FP8\", expected \"NVFP4\"; other quantisations are not supported")]
    [InlineData("quant_algo", "\"NVFP4_AWQ\"", "'quantization.quant_algo' is \"NVFP4_AWQ\"")]
    [InlineData("quant_algo", "null", "'quantization.quant_algo' is null, expected \"NVFP4\"")]
    [InlineData("quant_algo", "4", "'quantization.quant_algo' is 4, expected \"NVFP4\"")]
    [InlineData("group_size", "32", "'quantization.group_size' is 32, expected 16")]
    [InlineData("group_size", "\"16\"", "'quantization.group_size' is \"16\", expected an integer")]
    [InlineData("group_size", "null", "'quantization.group_size' is null, expected an integer")]
    [InlineData("kv_cache_quant_algo", "\"INT8\"", "'quantization.kv_cache_quant_algo' is \"INT8\", expected \"FP8\" or null")]
    [InlineData("exclude_modules", "\"lm_head\"", "'quantization.exclude_modules' is \"lm_head\", expected a list of module names")]
    [InlineData("exclude_modules", "[1]", "'quantization.exclude_modules[0]' is 1, expected a module name")]
    [InlineData("exclude_modules", "[\"re:.*head\"]", "'quantization.exclude_modules[0]' is \"re:.*head\", expected a module name, possibly with '*' and '?'")]
    [InlineData("exclude_modules", "[\"\"]", "'quantization.exclude_modules[0]' is \"\", expected a module name")]
    public void Open_WrongQuantConfigFile_SaysWhatWasExpected(string name, string value, string message)
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("hf_quant_config.json", file => file["quantization"]![name] = JsonNode.Parse(value));

        var exception = directory.OpenFails();

        Assert.Equal(directory["hf_quant_config.json"], exception.File);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quant_method", "\"gptq\"", "'quantization_config.quant_method' is \"gptq\", expected \"modelopt\"")]
    [InlineData("quant_method", "null", "'quantization_config.quant_library' is missing, expected \"modelopt\"")]
    [InlineData("config_groups", "{}", null)]
    [InlineData("config_groups", "null", "'quantization_config.group_size' is missing")]
    [InlineData("config_groups", "{\"group_0\": {}}", "'quantization_config.config_groups.group_0.weights' is missing, expected 4-bit floats")]
    [InlineData("config_groups", "{\"group_0\": {\"weights\": {\"num_bits\": 8}}}", "group_0.weights.num_bits' is 8, expected an integer from 4 to 4")]
    [InlineData("config_groups", "{\"group_0\": {\"weights\": {\"num_bits\": 4, \"group_size\": 32}}}", "group_0.weights.group_size' is 32, expected 16")]
    [InlineData("config_groups", "{\"group_0\": {\"weights\": {\"num_bits\": 4, \"group_size\": 16, \"type\": \"int\"}}}", "group_0.weights.type' is \"int\", expected \"float\"")]
    [InlineData("config_groups", "{\"group_0\": {\"weights\": {\"num_bits\": 4, \"group_size\": 16, \"type\": \"float\"}}}", "group_0.input_activations' is missing, expected 4-bit floats; weight-only quantisation is not supported")]
    [InlineData("config_groups", "{\"group_0\": {\"weights\": {\"num_bits\": 4, \"group_size\": 16, \"type\": \"float\", \"dynamic\": true}}}", "group_0.weights.dynamic' is true, expected false, a static scale")]
    [InlineData("kv_cache_scheme", "{\"num_bits\": 4, \"type\": \"float\"}", "'quantization_config.kv_cache_scheme' is {\"num_bits\":4,\"type\":\"float\"}, expected 8-bit floats")]
    [InlineData("kv_cache_scheme", "\"INT8\"", "'quantization_config.kv_cache_scheme' is \"INT8\", expected \"FP8\" or null")]
    public void Open_WrongQuantizationConfig_SaysWhatWasExpected(string name, string value, string? message)
    {
        using var directory = new CheckpointDirectory(OnlyInConfig);
        directory.EditJson("config.json", config => config["quantization_config"]![name] = JsonNode.Parse(value));

        if (message is null)
        {
            directory.Open().Dispose();
            return;
        }

        Assert.Contains(message, directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MixedPrecisionAllNvfp4_IsAccepted()
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["hf_quant_config.json"], """
            {"quantization": {"quant_algo": "MIXED_PRECISION", "quantized_layers": {
                "model.layers.0.self_attn.q_proj": {"quant_algo": "NVFP4", "group_size": 16},
                "model.layers.0.self_attn.k_proj": {"quant_algo": "NVFP4", "group_size": 16}}}}
            """);

        directory.Open().Dispose();
    }

    [Fact]
    public void Open_MixedPrecision_NamesTheLayer()
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["hf_quant_config.json"], """
            {"quantization": {"quant_algo": "MIXED_PRECISION", "quantized_layers": {
                "model.layers.0.self_attn.q_proj": {"quant_algo": "NVFP4", "group_size": 16},
                "model.layers.0.self_attn.k_proj": {"quant_algo": "FP8"}}}}
            """);

        Assert.Contains(
            "is \"FP8\", expected \"NVFP4\" for layer 'model.layers.0.self_attn.k_proj'; mixed precision is not supported",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.1.*", "model.layers.1.self_attn.q_proj")]
    [InlineData("model.layers.1*", "model.layers.1.self_attn.q_proj")]
    [InlineData("model.layers.0.mlp", "model.layers.0.mlp.gate_proj")]
    [InlineData("model.layers.1.self_attn.o_proj", "model.layers.1.self_attn.o_proj")]
    [InlineData("*.v_proj", "model.layers.0.self_attn.v_proj")]
    [InlineData("model.layers.?.mlp.up*", "model.layers.0.mlp.up_proj")]
    [InlineData("*", "model.layers.0.self_attn.q_proj")]
    public void Open_ExcludedLinearLayer_IsRefusedByName(string pattern, string module)
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("hf_quant_config.json", file => file["quantization"]!["exclude_modules"] = new JsonArray("lm_head", pattern));

        Assert.Contains(
            $"excludes '{pattern}' from quantisation, and with it '{module}': linear layers in BF16 are not supported",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lm_head*")]
    [InlineData("model.embed_tokens")]
    [InlineData("model.layers.10*")]
    [InlineData("model.layers.1.mlp.gate")]
    [InlineData("*.router")]
    public void Open_ExcludedModuleThatIsNoLinearLayer_IsAccepted(string pattern)
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("hf_quant_config.json", file => file["quantization"]!["exclude_modules"] = new JsonArray(pattern));

        directory.Open().Dispose();
    }

    [Fact]
    public void Open_TooManyPatterns_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        var patterns = new JsonArray([.. Enumerable.Range(0, 10_001).Select(index => (JsonNode)$"m{index}")]);
        directory.EditJson("hf_quant_config.json", file => file["quantization"]!["exclude_modules"] = patterns);

        Assert.Contains("expected at most 10000 module names", directory.OpenFails().Message, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class LlamaConfigReaderTests
{
    [Theory]
    [InlineData("vocab_size", "null", "'vocab_size' is null, expected an integer from 1 to 16777216")]
    [InlineData("vocab_size", "\"96\"", "'vocab_size' is \"96\", expected an integer")]
    [InlineData("vocab_size", "96.5", "'vocab_size' is 96.5, expected an integer")]
    [InlineData("vocab_size", "-96", "'vocab_size' is -96, expected an integer")]
    [InlineData("vocab_size", "0", "'vocab_size' is 0, expected an integer")]
    [InlineData("vocab_size", "99999999999999999999999", "'vocab_size' is 99999999999999999999999, expected an integer")]
    [InlineData("vocab_size", "[96]", "'vocab_size' is [96], expected an integer")]
    [InlineData("vocab_size", "true", "'vocab_size' is true, expected an integer")]
    [InlineData("hidden_size", "33", "'hidden_size' is 33, expected a multiple of 16")]
    [InlineData("hidden_size", "2147483648", "'hidden_size' is 2147483648, expected an integer from 1 to 1048576")]
    [InlineData("intermediate_size", "40", "'intermediate_size' is 40, expected a multiple of 16")]
    [InlineData("num_hidden_layers", "1025", "'num_hidden_layers' is 1025, expected an integer from 1 to 1024")]
    [InlineData("num_attention_heads", "0", "'num_attention_heads' is 0, expected an integer from 1 to 4096")]
    [InlineData("num_key_value_heads", "3", "'num_key_value_heads' is 3, expected a divisor of the 4 attention heads")]
    [InlineData("head_dim", "7", "the head size is 7, expected an even number")]
    [InlineData("head_dim", "2", "4 heads of size 2 make 8 columns of o_proj, expected a multiple of 16")]
    [InlineData("max_position_embeddings", "1e3", "'max_position_embeddings' is 1e3, expected an integer")]
    [InlineData("rms_norm_eps", "0", "'rms_norm_eps' is 0, expected a number")]
    [InlineData("rms_norm_eps", "1e999", "'rms_norm_eps' is 1e999, expected a number")]
    [InlineData("rope_theta", "-1", "'rope_theta' is -1, expected a number")]
    [InlineData("tie_word_embeddings", "0", "'tie_word_embeddings' is 0, expected true or false")]
    [InlineData("attention_bias", "true", "'attention_bias' is true, expected false (biases are not supported)")]
    [InlineData("mlp_bias", "true", "'mlp_bias' is true, expected false (biases are not supported)")]
    [InlineData("hidden_act", "\"gelu\"", "'hidden_act' is \"gelu\", expected \"silu\"")]
    [InlineData("model_type", "\"mistral\"", "'model_type' is \"mistral\", expected \"llama\"")]
    [InlineData("architectures", "[\"MistralForCausalLM\"]", "'architectures' is [\"MistralForCausalLM\"], expected [\"LlamaForCausalLM\"]")]
    [InlineData("architectures", "\"LlamaForCausalLM\"", "'architectures' is \"LlamaForCausalLM\", expected [\"LlamaForCausalLM\"]")]
    [InlineData("architectures", "[]", "'architectures' is [], expected [\"LlamaForCausalLM\"]")]
    [InlineData("eos_token_id", "[1, \"2\"]", "'eos_token_id[1]' is \"2\", expected an integer from 0 to 95")]
    [InlineData("eos_token_id", "96", "'eos_token_id' is 96, expected an integer from 0 to 95")]
    [InlineData("rope_scaling", "5", "'rope_scaling' is 5, expected an object")]
    [InlineData("rope_scaling", "{}", "'rope_scaling.rope_type' is missing, expected \"llama3\" or \"default\"")]
    [InlineData("rope_scaling", "{\"rope_type\": \"yarn\"}", "'rope_scaling.rope_type' is \"yarn\", expected \"llama3\" or \"default\"; other scalings are not supported")]
    [InlineData("rope_scaling", "{\"type\": \"linear\", \"factor\": 2}", "'rope_scaling.type' is \"linear\"")]
    [InlineData("rope_scaling", "{\"rope_type\": \"llama3\"}", "'rope_scaling.low_freq_factor' is missing")]
    [InlineData("rope_scaling", "{\"rope_type\": \"llama3\", \"low_freq_factor\": 4, \"high_freq_factor\": 4}", "'rope_scaling.high_freq_factor' is 4, expected more than 'low_freq_factor'")]
    [InlineData("rope_parameters", "{\"rope_type\": \"default\", \"rope_theta\": 10000}", "expected no such field beside 'rope_parameters'")]
    public void Open_WrongConfig_SaysWhatWasExpected(string name, string value, string message)
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesGenerationConfig = false });
        directory.EditJson("config.json", config => config[name] = JsonNode.Parse(value));

        var exception = directory.OpenFails();

        Assert.Equal(directory["config.json"], exception.File);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("architectures")]
    [InlineData("vocab_size")]
    [InlineData("hidden_size")]
    [InlineData("intermediate_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    [InlineData("num_key_value_heads")]
    [InlineData("max_position_embeddings")]
    [InlineData("rms_norm_eps")]
    [InlineData("rope_theta")]
    public void Open_MissingField_IsNamed(string name)
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config.Remove(name));

        var exception = directory.OpenFails();

        Assert.Contains($"'{name}' is missing, expected", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head_dim")]
    [InlineData("hidden_act")]
    [InlineData("model_type")]
    [InlineData("attention_bias")]
    [InlineData("mlp_bias")]
    [InlineData("tie_word_embeddings")]
    [InlineData("eos_token_id")]
    public void Open_OptionalFieldAbsent_TakesItsDefault(string name)
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config.Remove(name));

        using var checkpoint = directory.Open();

        Assert.Equal(8, checkpoint.Config.HeadSize);
        Assert.False(checkpoint.Config.TieWordEmbeddings);
    }

    [Fact]
    public void Open_HeadSizeNotGivenAndNotWhole_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config =>
        {
            config.Remove("head_dim");
            config["num_attention_heads"] = 6;
        });

        var exception = directory.OpenFails();

        Assert.Contains("'num_attention_heads' is 6, expected a divisor of the hidden size 32", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"rope_type\": \"default\"}")]
    [InlineData("{\"type\": \"default\"}")]
    public void Open_NoRopeScaling_IsNull(string scaling)
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config["rope_scaling"] = JsonNode.Parse(scaling));

        using var checkpoint = directory.Open();

        Assert.Null(checkpoint.Config.RopeScaling);
    }

    [Fact]
    public void Open_RopeParametersOfTransformers5_AreRead()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config =>
        {
            var rope = config["rope_scaling"]!.DeepClone().AsObject();
            rope["rope_theta"] = 123456;
            config.Remove("rope_scaling");
            config.Remove("rope_theta");
            config["rope_parameters"] = rope;
        });

        using var checkpoint = directory.Open();

        Assert.Equal(123456, checkpoint.Config.RopeTheta);
        Assert.Equal(new RopeScaling(8, 1, 4, 8192), checkpoint.Config.RopeScaling);
    }

    [Fact]
    public void Open_TwoValuesOfTheta_AreRefused()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config =>
        {
            config.Remove("rope_scaling");
            config["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 10000 };
        });

        var exception = directory.OpenFails();

        Assert.Contains("'rope_theta' is 500000, expected the same value as in 'rope_parameters'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the file is not valid JSON")]
    [InlineData("{\"a\": 1", "the file is not valid JSON")]
    [InlineData("{\"a\": 1} {}", "the file is not valid JSON")]
    [InlineData("{\"a\": 1, \"a\": 2}", "the file is not valid JSON")]
    [InlineData("{\"a\": 1, \"\\u0061\": 2}", "the file is not valid JSON")]
    [InlineData("{\"a\": NaN}", "the file is not valid JSON")]
    [InlineData("{'a': 1}", "the file is not valid JSON")]
    [InlineData("{\"\\ud800\": 1}", "the file is not valid JSON")]
    [InlineData("[1]", "the file is not a JSON object")]
    [InlineData("null", "the file is not a JSON object")]
    [InlineData("12", "the file is not a JSON object")]
    [InlineData("{\"architectures\": [\"\\ud800\"]}", "'architectures[0]' is not well-formed text")]
    public void Open_MalformedJson_IsRefused(string content, string message)
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["config.json"], content.Length == 0 ? " " : content);

        var exception = directory.OpenFails();

        Assert.Equal(directory["config.json"], exception.File);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_JsonNestedTooDeep_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["config.json"], $"{{\"a\": {new string('[', 100_000)}{new string(']', 100_000)}}}");

        Assert.Contains("the file is not valid JSON", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TextThatIsNotUtf8_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllBytes(directory["config.json"], [.. "{\"model_type\": \""u8, 0xC3, 0x28, .. "\"}"u8]);

        Assert.Contains("the file is not valid UTF-8", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LongWrongValue_IsShortened()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config["hidden_act"] = new string('x', 5000));

        var message = directory.OpenFails().Message;

        Assert.Contains("xxx…, expected \"silu\"", message, StringComparison.Ordinal);
        Assert.True(message.Length < 500);
    }

    [Fact]
    public void Open_FileBeyondTheLimit_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["config.json"], new string(' ', 16_000_001));

        Assert.Contains("has 16000001 bytes, expected at most 16000000", directory.OpenFails().Message, StringComparison.Ordinal);
    }
}

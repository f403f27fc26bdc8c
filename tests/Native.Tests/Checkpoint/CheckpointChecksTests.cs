using System.Text.Json.Nodes;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class CheckpointChecksTests
{
    private const string Up = "model.layers.1.mlp.up_proj";

    [Fact]
    public void Open_MissingTensors_AreAllNamed()
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header =>
        {
            Rename(header, Up + ".input_scale", "a");
            Rename(header, "model.norm.weight", "b");
        });

        Assert.Contains(
            $"lacks 2 tensors of this architecture: model.norm.weight, {Up}.input_scale.",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj.bias")]
    [InlineData("model.layers.0.self_attn.q_proj.pre_quant_scale")]
    [InlineData("model.layers.2.input_layernorm.weight")]
    [InlineData("lm_head.weight_scale")]
    public void Open_TensorThatTheArchitectureLacks_IsRefusedByName(string name)
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header[name] = JsonNode.Parse("""{"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}"""));

        Assert.Contains($"holds 1 tensors that this architecture does not have: {name}.", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OutputHeadBesideTiedEmbeddings_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config["tie_word_embeddings"] = true);

        Assert.Contains("does not have: lm_head.weight.", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoOutputHeadWithoutTying_IsRefused()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { TieWordEmbeddings = true });
        directory.EditJson("config.json", config => config["tie_word_embeddings"] = false);

        Assert.Contains("lacks 1 tensors of this architecture: lm_head.weight.", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.norm.weight", "F16", "[32]", "is F16 [32], expected BF16 [32]")]
    [InlineData("model.embed_tokens.weight", "BF16", "[32, 96]", "is BF16 [32, 96], expected BF16 [96, 32]")]
    [InlineData(Up + ".weight", "BF16", "[48, 8]", "is BF16 [48, 8], expected U8 [48, 16]")]
    [InlineData(Up + ".weight", "U8", "[768]", "is U8 [768], expected U8 [48, 16]")]
    [InlineData(Up + ".weight_scale", "U8", "[48, 2]", "is U8 [48, 2], expected F8_E4M3 [48, 2]")]
    [InlineData(Up + ".weight_scale", "F8_E4M3", "[2, 48]", "is F8_E4M3 [2, 48], expected F8_E4M3 [48, 2]")]
    [InlineData(Up + ".weight_scale_2", "F32", "[1, 1]", "is F32 [1, 1], expected F32 or BF16, [] or [1]")]
    [InlineData(Up + ".weight_scale_2", "BF16", "[2]", "is BF16 [2], expected F32 or BF16, [] or [1]")]
    [InlineData(Up + ".input_scale", "U8", "[4]", "is U8 [4], expected F32 or BF16, [] or [1]")]
    public void Open_WrongTypeOrShape_NamesBoth(string tensor, string dtype, string shape, string message)
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header =>
        {
            header[tensor]!["dtype"] = dtype;
            header[tensor]!["shape"] = JsonNode.Parse(shape);
        });

        var exception = directory.OpenFails();

        Assert.Equal(directory["model.safetensors"], exception.File);
        Assert.Equal(tensor, exception.Tensor);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ConfigThatDoesNotFitTheTensors_NamesTheFirst()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config["intermediate_size"] = 64);

        Assert.Contains(
            "tensor 'model.layers.0.mlp.gate_proj.weight': is U8 [48, 16], expected U8 [64, 16]",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".weight_scale_2", float.NaN, "is NaN, expected a finite number, 0 or more")]
    [InlineData(".weight_scale_2", float.PositiveInfinity, "is Infinity, expected a finite number, 0 or more")]
    [InlineData(".weight_scale_2", -0.5f, "is -0.5, expected a finite number, 0 or more")]
    [InlineData(".input_scale", float.NaN, "is NaN, expected a finite number above 0")]
    [InlineData(".input_scale", 0f, "is 0, expected a finite number above 0")]
    [InlineData(".input_scale", -1f, "is -1, expected a finite number above 0")]
    public void Open_ScaleThatIsNoScale_IsRefused(string suffix, float value, string message)
    {
        using var directory = new CheckpointDirectory();
        directory.EditData(Up + suffix, 0, BitConverter.GetBytes(value));

        var exception = directory.OpenFails();

        Assert.Equal(Up + suffix, exception.Tensor);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WeightScaleOfZero_IsAccepted()
    {
        using var directory = new CheckpointDirectory();
        directory.EditData(Up + ".weight_scale_2", 0, 0, 0, 0, 0);

        directory.Open().Dispose();
    }

    [Fact]
    public void Open_KvCacheScaleOfZero_IsRefused()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesKvCacheScales = true });
        directory.EditData("model.layers.0.self_attn.v_proj.v_scale", 0, 0, 0, 0, 0);

        Assert.Equal("model.layers.0.self_attn.v_proj.v_scale", directory.OpenFails().Tensor);
    }

    [Theory]
    [InlineData(0, 0x7F, "row 0, block 0 is 0x7F, which is NaN")]
    [InlineData(5, 0xFF, "row 2, block 1 is 0xFF, which is NaN")]
    [InlineData(95, 0x80, "row 47, block 1 is 0x80, which is negative")]
    [InlineData(94, 0xFE, "row 47, block 0 is 0xFE, which is negative")]
    public void Open_BlockScaleThatIsNaNOrNegative_IsRefused(int position, int code, string message)
    {
        using var directory = new CheckpointDirectory();
        directory.EditData(Up + ".weight_scale", position, (byte)code);

        var exception = directory.OpenFails();

        Assert.Equal(Up + ".weight_scale", exception.Tensor);
        Assert.Contains(message + "; expected an E4M3 scale from 0x00 to 0x7E", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EveryBlockScaleUpToTheLargest_IsAccepted()
    {
        using var directory = new CheckpointDirectory();
        directory.EditData(Up + ".weight_scale", 0, [.. Enumerable.Range(0, 96).Select(position => (byte)(position + 31))]);

        directory.Open().Dispose();
    }

    [Fact]
    public void Open_InvalidBlockScalesInSeveralLayers_NamesTheFirst()
    {
        using var directory = new CheckpointDirectory();
        directory.EditData("model.layers.1.mlp.down_proj.weight_scale", 0, 0x7F);
        directory.EditData("model.layers.0.self_attn.v_proj.weight_scale", 3, 0x7F);

        Assert.Equal("model.layers.0.self_attn.v_proj.weight_scale", directory.OpenFails().Tensor);
    }

    [Fact]
    public void Open_ThousandsOfTensorsMissing_NamesAThousand()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config["num_hidden_layers"] = 100);

        var message = directory.OpenFails().Message;

        Assert.Contains("lacks 2940 tensors of this architecture: model.layers.2.input_layernorm.weight, ", message, StringComparison.Ordinal);
        Assert.EndsWith(" and 1940 more.", message, StringComparison.Ordinal);
    }

    private static void Rename(JsonObject header, string from, string to)
    {
        var entry = header[from]!.DeepClone();
        header.Remove(from);
        header[to] = entry;
    }
}

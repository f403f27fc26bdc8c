using System.Text.Json.Nodes;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class SafetensorsIndexTests
{
    private const string Index = "model.safetensors.index.json";
    private static readonly RandomCheckpoint TwoShards = RandomCheckpoint.Tiny with { ShardCount = 2 };

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("sub\\\\model.safetensors")]
    [InlineData("/etc/model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("a\\u0000.safetensors")]
    [InlineData("...safetensors")]
    [InlineData(".safetensors")]
    [InlineData("model.bin")]
    [InlineData("..")]
    [InlineData("")]
    public void Open_FileNameThatIsNotPlain_IsRefused(string name)
    {
        using var directory = new CheckpointDirectory(TwoShards);
        directory.EditJson(Index, index => index["weight_map"]!["model.norm.weight"] = JsonNode.Parse($"\"{name}\""));

        var exception = directory.OpenFails();

        Assert.Equal(directory[Index], exception.File);
        Assert.Contains("'weight_map.model.norm.weight' is ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("expected a plain file name ending in .safetensors, inside the checkpoint's directory", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "'weight_map' is missing, expected an object")]
    [InlineData("{\"weight_map\": []}", "'weight_map' is [], expected an object")]
    [InlineData("{\"weight_map\": {\"a\": 1}}", "'weight_map.a' is 1, expected a file name")]
    [InlineData("{\"weight_map\": {\"a\": \"x.safetensors\", \"a\": \"x.safetensors\"}}", "the file is not valid JSON")]
    [InlineData("{\"weight_map\": {}}", "lacks 63 tensors of this architecture")]
    public void Open_WrongIndex_SaysWhatWasExpected(string content, string message)
    {
        using var directory = new CheckpointDirectory(TwoShards);
        File.WriteAllText(directory[Index], content);

        var exception = directory.OpenFails();

        Assert.Equal(directory[Index], exception.File);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingFiles_AreAllNamed()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { ShardCount = 3 });
        File.Delete(directory["model-00001-of-00003.safetensors"]);
        File.Delete(directory["model-00003-of-00003.safetensors"]);

        Assert.Contains(
            "names 2 files that do not exist: model-00001-of-00003.safetensors, model-00003-of-00003.safetensors",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TensorsNotInTheirFile_AreAllNamed()
    {
        using var directory = new CheckpointDirectory(TwoShards);
        directory.EditJson(Index, index =>
        {
            index["weight_map"]!["model.embed_tokens.weight"] = "model-00002-of-00002.safetensors";
            index["weight_map"]!["model.norm.weight"] = "model-00001-of-00002.safetensors";
        });

        var message = directory.OpenFails().Message;

        Assert.Contains("names 2 tensors that their files do not hold: ", message, StringComparison.Ordinal);
        Assert.Contains("model.embed_tokens.weight (model-00002-of-00002.safetensors)", message, StringComparison.Ordinal);
        Assert.Contains("model.norm.weight (model-00001-of-00002.safetensors)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TensorsNotInTheIndex_AreAllNamed()
    {
        using var directory = new CheckpointDirectory(TwoShards);
        directory.EditJson(Index, index =>
        {
            index["weight_map"]!.AsObject().Remove("model.norm.weight");
            index["weight_map"]!.AsObject().Remove("model.layers.1.mlp.up_proj.input_scale");
        });

        Assert.Contains(
            "lacks 2 tensors of this architecture: model.norm.weight, model.layers.1.mlp.up_proj.input_scale.",
            directory.OpenFails().Message,
            StringComparison.Ordinal);
    }
}

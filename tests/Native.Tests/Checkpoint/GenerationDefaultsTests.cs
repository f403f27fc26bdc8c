using System.Text.Json.Nodes;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class GenerationDefaultsTests
{
    [Fact]
    public void Open_NoGenerationConfig_IsGreedyAndTakesEndIdsFromConfig()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesGenerationConfig = false });
        directory.EditJson("config.json", config => config["eos_token_id"] = 7);

        using var checkpoint = directory.Open();

        Assert.Equal([7], checkpoint.Config.EndOfSequenceTokenIds);
        Assert.Equal(0, checkpoint.Config.DefaultTemperature);
        Assert.Null(checkpoint.Config.DefaultTopP);
        Assert.Null(checkpoint.Config.DefaultTopK);
    }

    [Fact]
    public void Open_EndIdsInBothFiles_GenerationConfigWins()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("generation_config.json", generation => generation["eos_token_id"] = new JsonArray(5, 4, 5));

        using var checkpoint = directory.Open();

        Assert.Equal([5, 4], checkpoint.Config.EndOfSequenceTokenIds);
    }

    [Fact]
    public void Open_EndIdsNowhere_IsAnEmptyList()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesGenerationConfig = false });
        directory.EditJson("config.json", config => config["eos_token_id"] = null);

        using var checkpoint = directory.Open();

        Assert.Empty(checkpoint.Config.EndOfSequenceTokenIds);
    }

    [Theory]
    [InlineData("{\"do_sample\": true}", 1f, null, null)]
    [InlineData("{\"do_sample\": false, \"temperature\": 0.6, \"top_p\": 0.9}", 0f, 0.9f, null)]
    [InlineData("{\"temperature\": 0.6}", 0f, null, null)]
    [InlineData("{\"do_sample\": true, \"temperature\": 0}", 0f, null, null)]
    [InlineData("{\"do_sample\": true, \"temperature\": 0.7, \"top_p\": 1, \"top_k\": 50}", 0.7f, 1f, 50)]
    [InlineData("{\"do_sample\": true, \"top_p\": null, \"top_k\": 0}", 1f, null, null)]
    public void Open_GenerationConfig_GivesDefaults(string content, float temperature, float? topP, int? topK)
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["generation_config.json"], content);

        using var checkpoint = directory.Open();

        Assert.Equal(temperature, checkpoint.Config.DefaultTemperature);
        Assert.Equal(topP, checkpoint.Config.DefaultTopP);
        Assert.Equal(topK, checkpoint.Config.DefaultTopK);
    }

    [Theory]
    [InlineData("{\"temperature\": -1}", "'temperature' is -1, expected a number from 0 to 1000")]
    [InlineData("{\"temperature\": \"hot\"}", "'temperature' is \"hot\", expected a number")]
    [InlineData("{\"do_sample\": 1}", "'do_sample' is 1, expected true or false")]
    [InlineData("{\"top_p\": 0}", "'top_p' is 0, expected a number above 0 and at most 1")]
    [InlineData("{\"top_p\": 1.5}", "'top_p' is 1.5, expected a number from 0 to 1")]
    [InlineData("{\"top_k\": -1}", "'top_k' is -1, expected an integer from 0 to 2147483647")]
    [InlineData("{\"eos_token_id\": [96]}", "'eos_token_id[0]' is 96, expected an integer from 0 to 95")]
    [InlineData("{\"eos_token_id\": {}}", "'eos_token_id' is {}, expected an integer")]
    [InlineData("[]", "the file is not a JSON object")]
    public void Open_WrongGenerationConfig_SaysWhatWasExpected(string content, string message)
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllText(directory["generation_config.json"], content);

        var exception = directory.OpenFails();

        Assert.Equal(directory["generation_config.json"], exception.File);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>Schemas as the libraries of the world write them: whatever the engine answers under one parses and validates, or is cut and says so.</summary>
/// <remarks>The corpus is in <c>Schemas/</c>; a file is named after the library whose style it has.</remarks>
public abstract class SchemaCorpusConformanceTests
{
    public static TheoryData<string> Schemas => new(
        Directory.GetFiles(CorpusDirectory, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));

    private static string CorpusDirectory => RepositoryFiles.PathOf("tests", "Provider.Tests", "Conformance", "Schemas");

    /// <summary>A client that answers greedily unless a request says otherwise.</summary>
    protected abstract IChatClient CreateChatClient();

    [Fact]
    public void Corpus_IsThere() => Assert.True(Schemas.Count >= 25);

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Greedy_ParsesAndValidates(string name)
    {
        using var client = CreateChatClient();
        var schema = Read(name);

        var response = await client.AskAsync("Give me an example.", Options(schema));

        AssertValidUnlessCut(schema, response);
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Sampled_ParsesAndValidates(string name)
    {
        using var client = CreateChatClient();
        var schema = Read(name);

        for (var seed = 1; seed <= 4; seed++)
        {
            var options = Options(schema);
            (options.Temperature, options.Seed) = (1, seed);

            var response = await client.AskAsync("Give me an example.", options);

            AssertValidUnlessCut(schema, response);
        }
    }

    [Fact]
    public async Task Greedy_IsWholeForMostOfTheCorpus()
    {
        using var client = CreateChatClient();
        var whole = 0;

        foreach (var name in Schemas.Select(row => row.Data))
        {
            var response = await client.AskAsync("Give me an example.", Options(Read(name)));
            whole += response.FinishReason == ChatFinishReason.Stop ? 1 : 0;
        }

        Assert.InRange(whole, 20, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Cut_SaysLengthAndIsABeginning(string name)
    {
        using var client = CreateChatClient();
        var options = Options(Read(name));
        var whole = await client.AskAsync("Give me an example.", options);
        options.MaxOutputTokens = (int)(whole.Usage!.OutputTokenCount!.Value / 2);

        var cut = await client.AskAsync("Give me an example.", options);

        Assert.Equal(ChatFinishReason.Length, cut.FinishReason);
        Assert.StartsWith(cut.Text, whole.Text, StringComparison.Ordinal);
        JsonValidation.AssertBeginsJson(cut.Text);
    }

    private static JsonElement Read(string name) => JsonElement.Parse(File.ReadAllText(Path.Combine(CorpusDirectory, $"{name}.json")));

    private static ChatOptions Options(JsonElement schema) => new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema), MaxOutputTokens = 800 };

    private static void AssertValidUnlessCut(JsonElement schema, ChatResponse response)
    {
        if (response.FinishReason == ChatFinishReason.Length)
        {
            JsonValidation.AssertBeginsJson(response.Text);
        }
        else
        {
            JsonValidation.AssertValid(schema, response.Text);
        }
    }
}

#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using System.Text.Json;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/structured-output.md and docs/migration.md, compiled; those that a small model masters run. <see cref="DocumentationTests"/> compares the text.</summary>
public sealed class StructuredOutputTests : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    public StructuredOutputTests()
    {
        var services = new ServiceCollection();

        services.AddLlamaFp4ChatClient().UseFunctionInvocation();

        _provider = services.BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task An_answer_keeps_to_a_schema_a_choice_and_a_pattern()
    {
        var client = _provider.GetRequiredService<IChatClient>();
        using var document = JsonDocument.Parse("""{"type": "object", "properties": {"sunny": {"type": "boolean"}}, "required": ["sunny"]}""");
        var schema = document.RootElement;
        var options = new ChatOptions();

        options.ResponseFormat = ChatResponseFormat.Json;                              // some JSON object
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema(schema, "answer");   // a JsonElement
        var answer = JsonDocument.Parse((await client.GetResponseAsync("Is it sunny in Oslo?", options)).Text);
        Assert.True(answer.RootElement.GetProperty("sunny").ValueKind is JsonValueKind.True or JsonValueKind.False);

        options = new ChatOptions();
        options.RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = new ChoiceGuide(["yes", "no"]) };
        Assert.Matches("^(yes|no)$", (await client.GetResponseAsync("Is it sunny in Oslo?", options)).Text);

        options.RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = new RegexGuide("[A-Z]{2}-[0-9]{4}") };
        Assert.Matches("^[A-Z]{2}-[0-9]{4}$", (await client.GetResponseAsync("What is the number of my order?", options)).Text);
    }

    [Fact]
    public async Task Tools_and_a_type_go_together()
    {
        var client = _provider.GetRequiredService<IChatClient>();
        var options = ToolsTests.Weather();
        options.Temperature = 0;

        var report = await Reported(client, options);

        Assert.True(report.TryGetResult(out _), report.Text);
    }

    private static async Task<ChatResponse<Report>> Reported(IChatClient client, ChatOptions options)
    {
        static string GetWeather(string city) => "6 degrees and snowy";

        options.Tools = [AIFunctionFactory.Create(GetWeather)];
        var response = await client.GetResponseAsync<Report>("What is the weather in Oslo?", options);

        return response;
    }

    /// <summary>Needs a model that knows dishes.</summary>
    internal static async Task Recipes(IChatClient client)
    {

        var response = await client.GetResponseAsync<Recipe>("A recipe for pancakes, please.");
        Console.WriteLine(response.Result.Title);
    }

    internal sealed record Recipe(string Title, int Minutes, string[] Ingredients);

    internal sealed record Report(string City, string Weather);
}

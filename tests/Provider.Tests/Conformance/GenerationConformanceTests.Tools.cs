using System.Text.Json;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>A required call is one that its tool can take, whatever the tool.</content>
public abstract partial class GenerationConformanceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task RequiredCall_OfAnyTool_HasArgumentsOfItsSchema(float temperature)
    {
        using var client = CreateChatClient();
        var whole = 0;

        foreach (var tool in ToolCatalog.Create(isStrict: false))
        {
            ChatOptions options = new() { Tools = [tool], ToolMode = ChatToolMode.RequireSpecific(tool.Name), MaxOutputTokens = 300, Temperature = temperature, Seed = 11 };

            var response = await client.AskAsync("Hello", options);

            if (response.FinishReason != ChatFinishReason.Length)
            {
                AssertTakes(tool, Assert.Single(response.Calls()));
                whole++;
            }
        }

        Assert.InRange(whole, 20, int.MaxValue);
    }

    [Fact]
    public async Task GuideOfAllTools_GivesACallOfOneOfThem()
    {
        using var client = CreateChatClient();
        var tools = ToolCatalog.Create(isStrict: false);
        ToolCallGuide guide = new() { Tools = [.. tools.Select(tool => new ToolSignature(tool.Name, tool.JsonSchema))], Required = true };
        ChatOptions options = new() { MaxOutputTokens = 100, RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = guide } };

        var response = await client.AskAsync("Hello", options);

        Assert.Contains(tools, tool => response.Text.StartsWith($$"""{"name": "{{tool.Name}}", "parameters": {""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SampledAnswers_WithTools_HoldWholeCallsOrNone()
    {
        using var client = CreateChatClient();
        WeatherStation station = new();
        var called = 0;

        for (var seed = 1; seed <= 12; seed++)
        {
            var options = station.Options();
            (options.Temperature, options.Seed, options.MaxOutputTokens) = (1, seed, 200);

            var response = await client.AskAsync(WeatherStation.Question, options);

            called += response.Calls().Count;
            Assert.All(response.Calls(), call => AssertTakes(station.Tool, call));
            Assert.True(response.FinishReason == ChatFinishReason.Length || !response.Text.Contains("{\"name\":", StringComparison.Ordinal), response.Text);
        }

        Assert.NotEqual(0, called);
    }

    [Fact]
    public async Task SampledAnswers_WithToolsAndASchema_AreCallsOrJson()
    {
        using var client = CreateChatClient();
        WeatherStation station = new();
        var schema = JsonElement.Parse("""{"type": "object", "properties": {"mood": {"enum": ["good", "bad"]}, "degrees": {"type": "integer", "minimum": -60, "maximum": 60}}, "required": ["mood", "degrees"]}""");

        for (var seed = 1; seed <= 12; seed++)
        {
            var options = station.Options();
            options.ResponseFormat = ChatResponseFormat.ForJsonSchema(schema);
            (options.Temperature, options.Seed, options.MaxOutputTokens) = (1, seed, 200);

            var response = await client.AskAsync(seed % 2 == 0 ? "Hello" : WeatherStation.Question, options);

            if (response.FinishReason == ChatFinishReason.ToolCalls)
            {
                Assert.Equal("", response.Text);
                Assert.All(response.Calls(), call => AssertTakes(station.Tool, call));
            }
            else if (response.FinishReason == ChatFinishReason.Stop)
            {
                JsonValidation.AssertValid(schema, response.Text);
            }
        }
    }

    private static void AssertTakes(AIFunctionDeclaration tool, FunctionCallContent call)
    {
        Assert.Equal(tool.Name, call.Name);
        JsonValidation.AssertValid(tool.JsonSchema, JsonSerializer.Serialize(call.Arguments, AIJsonUtilities.DefaultOptions));
    }
}

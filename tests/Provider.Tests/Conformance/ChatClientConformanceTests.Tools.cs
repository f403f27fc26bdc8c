using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>Tools, their modes, and the loop of <see cref="FunctionInvokingChatClient"/>.</content>
public abstract partial class ChatClientConformanceTests
{
    private static readonly AIFunction TurnOn = AIFunctionFactory.Create(
        ([Description("The room")] string room) => $"The {room} light is on.", "TurnOn", "Turns on the light in a room");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FunctionInvocation_CallsTheToolAndAnswersFromItsResult(bool isStreamed)
    {
        WeatherStation station = new();
        using ObservedChatClient observed = new(CreateChatClient(WeatherStation.Call, WeatherStation.Answer));
        using var client = observed.AsBuilder().UseFunctionInvocation().Build();

        var response = await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());

        Assert.Equal(["Nairobi"], station.Cities);
        Assert.Equal(["assistant", "tool", "assistant"], response.Messages.Select(message => message.Role.Value));
        Assert.Contains("23", response.Messages[^1].Text, StringComparison.Ordinal);
        Assert.Contains("windy", response.Messages[^1].Text, StringComparison.Ordinal);
        Assert.Equal([ChatFinishReason.ToolCalls, ChatFinishReason.Stop], observed.Responses.Select(round => round.FinishReason!.Value));
        Assert.Equal(observed.TotalTokenCounts.Sum(), response.Usage!.TotalTokenCount);
    }

    [Fact]
    public async Task Call_HasItsNameAnIdAndDecodedArguments()
    {
        using var client = CreateChatClient(WeatherStation.Call);

        var response = await client.AskAsync(WeatherStation.Question, new WeatherStation().Options());

        var call = Assert.Single(response.Calls());
        Assert.Equal("GetWeather", call.Name);
        Assert.False(string.IsNullOrEmpty(call.CallId));
        Assert.Null(call.Exception);
        Assert.Equal("Nairobi", $"{call.Arguments!["city"]}");
        Assert.Equal("", response.Text);
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequireAny_RunsAToolThatTheQuestionDoesNotNeed(bool isStreamed)
    {
        WeatherStation station = new();
        using var client = CreateChatClient(WeatherStation.Call, "Once upon a time.").AsBuilder().UseFunctionInvocation().Build();

        await client.RespondAsync("Hello, tell me a story.", isStreamed, station.Options(ChatToolMode.RequireAny));

        Assert.NotEmpty(station.Cities);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequireSpecific_CallsTheToolNamedAlthoughAnotherWasAskedFor(bool isStreamed)
    {
        using var client = CreateChatClient(WeatherStation.Call);
        ChatOptions options = new() { Tools = [TurnOn, new WeatherStation().Tool], ToolMode = ChatToolMode.RequireSpecific("GetWeather"), MaxOutputTokens = 100 };

        var response = await client.RespondAsync("Turn on the light in the kitchen.", isStreamed, options);

        Assert.Equal("GetWeather", Assert.Single(response.Calls()).Name);
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task None_CallsNothing(bool isStreamed)
    {
        WeatherStation station = new();
        using var client = CreateChatClient(WeatherStation.Call).AsBuilder().UseFunctionInvocation().Build();
        var options = station.Options(ChatToolMode.None);
        options.MaxOutputTokens = 60;

        var response = await client.RespondAsync(WeatherStation.Question, isStreamed, options);

        Assert.Empty(station.Cities);
        Assert.Empty(response.Calls());
        Assert.NotEqual(ChatFinishReason.ToolCalls, response.FinishReason);
    }

    [Fact]
    public async Task OneCallAtATime_IsAtMostOneCallInAResponse()
    {
        using var client = CreateChatClient(WeatherStation.Call);
        var options = new WeatherStation().Options(ChatToolMode.RequireAny);
        options.AllowMultipleToolCalls = false;

        var response = await client.AskAsync("What is the weather in Nairobi, and what is it in Oslo?", options);

        Assert.Single(response.Calls());
    }

    [Theory]
    [InlineData(WeatherStation.Question)]
    [InlineData("Hello")]
    public async Task ToolsWithAResponseSchema_GiveACallOrJsonOfTheSchema(string question)
    {
        using var client = CreateChatClient(question == "Hello" ? """{"mood": "good"}""" : WeatherStation.Call);
        var schema = JsonElement.Parse("""{"type": "object", "properties": {"mood": {"enum": ["good", "bad"]}}, "required": ["mood"], "additionalProperties": false}""");
        var options = new WeatherStation().Options();
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema(schema);

        var response = await client.AskAsync(question, options);

        if (response.Calls().Count == 0)
        {
            JsonValidation.AssertValid(schema, response.Text);
        }
        else
        {
            Assert.Equal("", response.Text);
            Assert.All(response.Calls(), call => Assert.Equal("GetWeather", call.Name));
        }
    }

    [Theory]
    [InlineData("auto", false)]
    [InlineData("auto", true)]
    [InlineData("any", false)]
    [InlineData("any", true)]
    [InlineData("specific", false)]
    [InlineData("specific", true)]
    public async Task ToolsOfEveryKind_AreAccepted(string mode, bool isStrict)
    {
        using var client = CreateChatClient("""{"name": "Nothing", "parameters": {}}""");
        foreach (var tools in ToolCatalog.Create(isStrict).Chunk(ToolsAtOnce))
        {
            ChatOptions options = new()
            {
                Tools = [.. tools],
                MaxOutputTokens = 100,
                ToolMode = mode switch { "any" => ChatToolMode.RequireAny, "specific" => ChatToolMode.RequireSpecific(tools[^1].Name), _ => ChatToolMode.Auto },
                AdditionalProperties = new() { ["strictJsonSchema"] = isStrict },
            };

            var response = await client.AskAsync("Hello", options);

            Assert.Single(response.Messages);
        }
    }

    /// <summary>How many of the catalogue's tools fit into the context together.</summary>
    protected virtual int ToolsAtOnce => int.MaxValue;
}

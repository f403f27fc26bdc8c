using System.Text.Json;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests;

public class LlamaFp4ChatClientToolTests
{
    private const string MultiplyCall = """{"name": "multiply", "parameters": {"a": "6", "b": 7}}""";
    private const string WeatherCall = """{"name": "weather", "parameters": {"city": "Brest"}}""";

    private static ChatOptions Options(ChatToolMode? mode = null, bool? multiple = null) => new()
    {
        Tools = [Scripted.Multiply, Scripted.Weather],
        ToolMode = mode,
        AllowMultipleToolCalls = multiple,
    };

    [Fact]
    public async Task Call_IsCompleteOnceAndTyped()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying(MultiplyCall));

        var updates = await client.StreamAsync("6 times 7?", Options());

        Assert.Equal(2, updates.Count);
        var call = Assert.IsType<FunctionCallContent>(Assert.Single(updates[0].Contents));
        Assert.Equal("multiply", call.Name);
        Assert.NotEqual("multiply", call.CallId);
        Assert.Null(call.Exception);
        Assert.Equal(6, Assert.IsType<JsonElement>(call.Arguments!["a"]).GetInt32());
        Assert.Equal(7, Assert.IsType<JsonElement>(call.Arguments["b"]).GetInt32());
        Assert.Null(updates[0].FinishReason);
        Assert.Equal(ChatFinishReason.ToolCalls, updates[1].FinishReason);
    }

    [Fact]
    public async Task ParallelCallsOfOneTool_HaveIdsOfTheirOwn()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying($"{WeatherCall}; {WeatherCall}"));

        var response = await client.AskAsync("Weather?", Options());

        var calls = response.Calls();
        Assert.Equal(2, calls.Count);
        Assert.NotEqual(calls[0].CallId, calls[1].CallId);
        Assert.Single(response.Messages);
    }

    [Fact]
    public async Task NoCall_IsTextAndStop()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("""{"name": "unknown"}"""));

        var response = await client.AskAsync("Go", Options());

        Assert.Equal("""{"name": "unknown"}""", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task CallCutByTheLimit_IsTextAndLength()
    {
        var cut = WeatherCall[..^2];
        using LlamaFp4ChatClient client = new(Scripted.Playing(ScriptedAnswer.Of(Scripted.Tokenizer, cut, finishReason: FinishReason.Length)));

        var response = await client.AskAsync("Go", Options());

        Assert.Equal(cut, response.Text);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
    }

    [Fact]
    public async Task DeclarationOnlyTools_CanBeCalled()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying(WeatherCall));
        var declaration = Scripted.Weather.AsDeclarationOnly();
        Assert.IsNotType<AIFunction>(declaration, exactMatch: false);

        var response = await client.AskAsync("Go", new ChatOptions { Tools = [declaration] });

        Assert.Equal("weather", Assert.Single(response.Calls()).Name);
    }

    [Theory]
    [InlineData(WeatherCall)]
    [InlineData("<|python_tag|>" + WeatherCall)]
    public async Task NoToolsOrModeNone_ReturnNoCall(string answer)
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying(answer));

        var none = await client.AskAsync("Go", Options(ChatToolMode.None));
        var noTools = await client.AskAsync("Go");

        Assert.Equal((WeatherCall, WeatherCall), (none.Text, noTools.Text));
        Assert.Equal((ChatFinishReason.Stop, ChatFinishReason.Stop), (none.FinishReason, noTools.FinishReason));
    }

    [Fact]
    public async Task Auto_OnAnEngineWithGuide_IsGuidedAndCallsMayStandInText()
    {
        var session = Scripted.Saying(SessionFeatures.ToolCallGuide, $"Sure: {WeatherCall} done");
        using LlamaFp4ChatClient client = new(session);

        var response = await client.AskAsync("Go", Options());

        var guide = Assert.IsType<ToolCallGuide>(session.Requests[0].Guide);
        Assert.False(guide.Required);
        Assert.True(guide.AllowMultiple);
        Assert.Null(guide.ResponseSchema);
        Assert.Equal(["multiply", "weather"], guide.Tools.Select(tool => tool.Name));
        Assert.Equal(Scripted.Multiply.JsonSchema.GetRawText(), guide.Tools[0].Parameters.GetRawText());
        Assert.Equal("""Sure: ⟨weather city="Brest"⟩ done""", ToolCalling.Transcript.Of(response.Messages[0].Contents));
    }

    [Fact]
    public async Task Auto_OnAnEngineWithoutGuide_ACallInsideProseIsProse()
    {
        var session = Scripted.Saying($"Sure: {WeatherCall} done");
        using LlamaFp4ChatClient client = new(session);

        var response = await client.AskAsync("Go", Options(ChatToolMode.Auto));

        Assert.Null(session.Requests[0].Guide);
        Assert.Equal($"Sure: {WeatherCall} done", response.Text);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task RequireAny_BecomesARequiredGuide(bool? multiple, bool expected)
    {
        var session = Scripted.Saying(SessionFeatures.ToolCallGuide, MultiplyCall);
        using LlamaFp4ChatClient client = new(session);

        await client.AskAsync("Go", Options(ChatToolMode.RequireAny, multiple));

        var guide = Assert.IsType<ToolCallGuide>(session.Requests[0].Guide);
        Assert.True(guide.Required);
        Assert.Equal(expected, guide.AllowMultiple);
        Assert.Equal(["multiply", "weather"], guide.Tools.Select(tool => tool.Name));
    }

    [Fact]
    public async Task RequireSpecific_BecomesAGuideOfThatToolAlone()
    {
        var session = Scripted.Saying(SessionFeatures.ToolCallGuide, WeatherCall);
        using LlamaFp4ChatClient client = new(session);
        var options = Options(ChatToolMode.RequireSpecific("weather"));
        options.ResponseFormat = ChatResponseFormat.Json;

        var response = await client.AskAsync("Go", options);

        var guide = Assert.IsType<ToolCallGuide>(session.Requests[0].Guide);
        Assert.True(guide.Required);
        Assert.False(guide.AllowMultiple);
        Assert.Null(guide.ResponseSchema);
        Assert.Equal("weather", Assert.Single(guide.Tools).Name);
        Assert.Equal("weather", Assert.Single(response.Calls()).Name);
    }

    [Fact]
    public void Required_WithoutGuide_ThrowsBeforeGenerating()
    {
        var session = Scripted.Saying(WeatherCall);
        using LlamaFp4ChatClient client = new(session);

        var any = Assert.Throws<FeatureNotSupportedException>(() => client.Start(Options(ChatToolMode.RequireAny)));
        Assert.Throws<FeatureNotSupportedException>(() => client.Start(Options(ChatToolMode.RequireSpecific("weather"))));

        Assert.Contains("ToolCallGuide", any.Message, StringComparison.Ordinal);
        Assert.Empty(session.Requests);
    }

    [Fact]
    public void Required_UnknownOrNoTool_Throws()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying(SessionFeatures.ToolCallGuide, WeatherCall));

        var unknown = Assert.Throws<ArgumentException>("options", () => client.Start(Options(ChatToolMode.RequireSpecific("tides"))));
        Assert.Throws<ArgumentException>("options", () => client.Start(new ChatOptions { ToolMode = ChatToolMode.RequireAny }));

        Assert.Contains("\"tides\"", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Required_BesideAnotherGuide_Throws()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying(SessionFeatures.ToolCallGuide | SessionFeatures.JsonGuide, WeatherCall));
        var options = Options(ChatToolMode.RequireAny);
        options.RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = new JsonGuide() };

        Assert.Throws<ArgumentException>("options", () => client.Start(options));
    }

    [Theory]
    [InlineData(null, "{}")]
    [InlineData("""{"type":"object","properties":{"name":{"type":"string"}}}""", """{"type":"object","properties":{"name":{"type":"string"}}}""")]
    public async Task ResponseFormatWithTools_IsAGuideForEither(string? schema, string expected)
    {
        var answer = $$"""{"city": {{WeatherCall}}}""";
        var session = Scripted.Saying(SessionFeatures.ToolCallGuide, answer);
        using LlamaFp4ChatClient client = new(session);
        var options = Options();
        options.ResponseFormat = schema is null ? ChatResponseFormat.Json : ChatResponseFormat.ForJsonSchema(JsonElement.Parse(schema));

        var response = await client.AskAsync("Go", options);

        var guide = Assert.IsType<ToolCallGuide>(session.Requests[0].Guide);
        Assert.False(guide.Required);
        Assert.Equal(expected, guide.ResponseSchema!.Value.GetRawText());
        Assert.Equal(answer, response.Text);
    }

    [Fact]
    public async Task OneCallOnly_WithoutGuide_EndsTheAnswerBehindIt()
    {
        var session = Scripted.Saying($"{WeatherCall}; {MultiplyCall}");
        using LlamaFp4ChatClient client = new(session);

        var response = await client.AskAsync("Both?", Options(multiple: false));

        Assert.Equal("weather", Assert.Single(response.Calls()).Name);
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        Assert.Equal((0, 1), (session.LiveRequests, session.AbortedRequests));
        Assert.Equal(Scripted.Tokenizer.Encode(WeatherCall).Length, session.DeliveredChunks);
    }

    [Fact]
    public async Task OneCallOnly_WithGuide_IsLeftToTheEngine()
    {
        var session = Scripted.Saying(SessionFeatures.ToolCallGuide, WeatherCall);
        using LlamaFp4ChatClient client = new(session);

        var response = await client.AskAsync("Go", Options(multiple: false));

        Assert.False(Assert.IsType<ToolCallGuide>(session.Requests[0].Guide).AllowMultiple);
        Assert.Equal(0, session.AbortedRequests);
        Assert.Equal(0, response.Usage!.CachedInputTokenCount);
    }
}

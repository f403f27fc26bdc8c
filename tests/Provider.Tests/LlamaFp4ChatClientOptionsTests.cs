using System.Text.Json;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace LlamaFp4.Provider.Tests;

public class LlamaFp4ChatClientOptionsTests
{
    private static async Task<GenerationRequest> RequestOf(ChatOptions? options, LlamaFp4ChatClientOptions? defaults = null)
    {
        var session = Scripted.Saying("Hi");
        using LlamaFp4ChatClient client = new(session, defaults);
        await client.AskAsync("Hello", options);
        return Assert.Single(session.Requests);
    }

    [Fact]
    public async Task NoOptions_LeaveEverythingToTheEngine()
    {
        var request = await RequestOf(null);

        Assert.Null(request.MaxNewTokens);
        Assert.Null(request.StopTokenIds);
        Assert.Null(request.Guide);
        Assert.Null(request.LogProbabilities);
        Assert.Null(request.LogitBias);
        Assert.Null(request.CacheSalt);
        Assert.Equal(0, request.Priority);
        var sampling = request.Sampling;
        Assert.Null(sampling.Temperature);
        Assert.Null(sampling.TopP);
        Assert.Null(sampling.TopK);
        Assert.Null(sampling.MinP);
        Assert.Null(sampling.RepetitionPenalty);
        Assert.Null(sampling.PresencePenalty);
        Assert.Null(sampling.FrequencyPenalty);
        Assert.Null(sampling.Seed);
    }

    [Fact]
    public async Task TypedOptions_ReachTheRequest()
    {
        var request = await RequestOf(new ChatOptions
        {
            Temperature = 0.7f,
            TopP = 0.9f,
            TopK = 40,
            FrequencyPenalty = 0.1f,
            PresencePenalty = 0.2f,
            MaxOutputTokens = 123,
            Seed = long.MinValue + 7,
            ModelId = "scripted-model",
        });

        Assert.Equal(0.7f, request.Sampling.Temperature);
        Assert.Equal(0.9f, request.Sampling.TopP);
        Assert.Equal(40, request.Sampling.TopK);
        Assert.Equal(0.1f, request.Sampling.FrequencyPenalty);
        Assert.Equal(0.2f, request.Sampling.PresencePenalty);
        Assert.Null(request.Sampling.RepetitionPenalty);
        Assert.Equal(123, request.MaxNewTokens);
        Assert.Equal(long.MinValue + 7, request.Sampling.Seed);
    }

    [Fact]
    public async Task RawOptions_ReachTheRequest()
    {
        Dictionary<int, float> bias = new() { [3] = float.NegativeInfinity };

        var request = await RequestOf(new ChatOptions
        {
            RawRepresentationFactory = _ => new LlamaFp4RequestOptions
            {
                MinP = 0.05f,
                RepetitionPenalty = 1.1f,
                LogitBias = bias,
                LogProbabilities = 2,
                CacheSalt = "tenant",
                Priority = -3,
                TopK = 5,
                PresencePenalty = 0.3f,
                FrequencyPenalty = 0.4f,
                Seed = 9,
            },
        });

        Assert.Equal(0.05f, request.Sampling.MinP);
        Assert.Equal(1.1f, request.Sampling.RepetitionPenalty);
        Assert.Same(bias, request.LogitBias);
        Assert.Equal(2, request.LogProbabilities);
        Assert.Equal("tenant", request.CacheSalt);
        Assert.Equal(-3, request.Priority);
        Assert.Equal(5, request.Sampling.TopK);
        Assert.Equal(0.3f, request.Sampling.PresencePenalty);
        Assert.Equal(0.4f, request.Sampling.FrequencyPenalty);
        Assert.Equal(9, request.Sampling.Seed);
    }

    [Fact]
    public async Task RawOptions_WinOverTypedOptions_WhichWinOverDefaults()
    {
        LlamaFp4ChatClientOptions defaults = new() { Temperature = 0.1f, TopP = 0.1f, MaxOutputTokens = 1 };

        var raw = await RequestOf(
            new ChatOptions
            {
                Temperature = 0.2f,
                TopP = 0.2f,
                MaxOutputTokens = 2,
                RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Temperature = 0.3f, MaxOutputTokens = 3 },
            },
            defaults);
        var none = await RequestOf(null, defaults);

        Assert.Equal((0.3f, 0.2f, 3), (raw.Sampling.Temperature, raw.Sampling.TopP, raw.MaxNewTokens));
        Assert.Equal((0.1f, 0.1f, 1), (none.Sampling.Temperature, none.Sampling.TopP, none.MaxNewTokens));
    }

    [Fact]
    public async Task RawStopSequences_WinOverTypedOnes()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("a|b#c"));

        var response = await client.AskAsync("Go", new ChatOptions
        {
            StopSequences = ["|"],
            RawRepresentationFactory = _ => new LlamaFp4RequestOptions { StopSequences = ["#"] },
        });

        Assert.Equal("a|b", response.Text);
    }

    [Theory]
    [InlineData("0.25", "3")]
    [InlineData("\"0.25\"", "\"3\"")]
    [InlineData("2.5e-1", "3.0")]
    public async Task AdditionalProperties_AreReadFromJson(string minP, string priority)
    {
        var request = await RequestOf(new ChatOptions
        {
            AdditionalProperties = new() { ["min_p"] = JsonElement.Parse(minP), ["priority"] = JsonElement.Parse(priority) },
        });

        Assert.Equal(0.25f, request.Sampling.MinP);
        Assert.Equal(3, request.Priority);
    }

    [Fact]
    public async Task AdditionalProperties_AreReadFromAnyNumber()
    {
        var request = await RequestOf(new ChatOptions
        {
            AdditionalProperties = new()
            {
                ["min_p"] = 0.25,
                ["repetition_penalty"] = 1.5m,
                ["priority"] = 3.0,
                ["cache_salt"] = "tenant",
                ["logprobs"] = true,
                ["top_logprobs"] = 4L,
                ["stream_options"] = new Dictionary<string, object> { ["include_usage"] = true },
            },
        });

        Assert.Equal(0.25f, request.Sampling.MinP);
        Assert.Equal(1.5f, request.Sampling.RepetitionPenalty);
        Assert.Equal(3, request.Priority);
        Assert.Equal("tenant", request.CacheSalt);
        Assert.Equal(4, request.LogProbabilities);
    }

    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", null)]
    [InlineData("2", 2)]
    [InlineData("null", null)]
    public async Task AdditionalLogProbabilities_AreASwitchOrANumber(string json, int? expected)
    {
        var request = await RequestOf(new ChatOptions { AdditionalProperties = new() { ["logprobs"] = JsonElement.Parse(json) } });

        Assert.Equal(expected, request.LogProbabilities);
    }

    [Fact]
    public async Task RawOptions_WinOverAdditionalProperties()
    {
        var request = await RequestOf(new ChatOptions
        {
            AdditionalProperties = new() { ["min_p"] = 0.1, ["repetition_penalty"] = 1.2 },
            RawRepresentationFactory = _ => new LlamaFp4RequestOptions { MinP = 0.5f },
        });

        Assert.Equal(0.5f, request.Sampling.MinP);
        Assert.Equal(1.2f, request.Sampling.RepetitionPenalty);
    }

    [Fact]
    public void ModelId_OfAnotherModel_ThrowsAndNamesBoth()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hi"), new LlamaFp4ChatClientOptions { ModelId = "llama" });

        var error = Assert.Throws<InvalidOperationException>(() => client.Start(new ChatOptions { ModelId = "other" }));

        Assert.Contains("\"other\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"llama\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("scripted-model")]
    public async Task ModelId_OfThisModel_IsFine(string modelId)
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hi"), new LlamaFp4ChatClientOptions { ModelId = "llama" });

        var response = await client.AskAsync("Hi", new ChatOptions { ModelId = modelId });

        Assert.Equal("llama", response.ModelId);
    }

    [Fact]
    public void StopSequences_Unusable_ThrowAtTheCall()
    {
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hi"));

        Assert.Throws<ArgumentException>("options", () => client.Start(new ChatOptions { StopSequences = [""] }));
    }

    [Fact]
    public async Task InstructionsAndTools_AreInThePrompt()
    {
        var request = await RequestOf(new ChatOptions { Instructions = "Be brief.", Tools = [Scripted.Multiply], ToolMode = ChatToolMode.None });

        var prompt = Scripted.Tokenizer.Decode(request.PromptTokenIds.Span);
        Assert.Contains("Be brief.", prompt, StringComparison.Ordinal);
        Assert.Contains("\"name\": \"multiply\"", prompt, StringComparison.Ordinal);
        Assert.Contains("Hello", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DateText_IsInThePrompt()
    {
        var request = await RequestOf(null, new LlamaFp4ChatClientOptions { DateText = "01 Jan 2030" });

        Assert.Contains("Today Date: 01 Jan 2030", Scripted.Tokenizer.Decode(request.PromptTokenIds.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResponseFormat_WithGuides_IsEnforced()
    {
        var session = Scripted.Saying(SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide, "{}");
        using LlamaFp4ChatClient client = new(session);
        var schema = JsonElement.Parse("""{"type": "object"}""");

        await client.AskAsync("Go", new ChatOptions { ResponseFormat = ChatResponseFormat.Json });
        await client.AskAsync("Go", new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) });
        await client.AskAsync("Go", new ChatOptions { ResponseFormat = ChatResponseFormat.Text });

        Assert.IsType<JsonGuide>(session.Requests[0].Guide);
        Assert.Equal("""{"type": "object"}""", Assert.IsType<JsonSchemaGuide>(session.Requests[1].Guide).Schema.GetRawText());
        Assert.Null(session.Requests[2].Guide);
    }

    [Fact]
    public async Task ResponseFormat_WithoutGuides_IsToldToTheModelAndWarnedOfOnce()
    {
        FakeLogCollector logs = new();
        using LoggerFactory loggers = new([new FakeLoggerProvider(logs)]);
        var session = Scripted.Saying("{}");
        using LlamaFp4ChatClient client = new(session, loggerFactory: loggers);
        ChatOptions options = new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type": "object"}""")) };

        await client.AskAsync("Go", options);
        await client.AskAsync("Go", options);

        var warning = Assert.Single(logs.GetSnapshot(), record => record.Level == LogLevel.Warning);
        Assert.Contains("JsonSchemaGuide", warning.Message, StringComparison.Ordinal);
        Assert.Contains("scripted", warning.Message, StringComparison.Ordinal);
        Assert.Null(session.Requests[0].Guide);
        Assert.Contains("JSON Schema", Scripted.Tokenizer.Decode(session.Requests[0].PromptTokenIds.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RawGuide_ReplacesTheResponseFormat()
    {
        var session = Scripted.Saying(SessionFeatures.RegexGuide, "yes");
        using LlamaFp4ChatClient client = new(session);
        RegexGuide guide = new("yes|no");

        await client.AskAsync("Go", new ChatOptions
        {
            ResponseFormat = ChatResponseFormat.Json,
            RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = guide },
        });

        Assert.Same(guide, session.Requests[0].Guide);
    }

    [Fact]
    public void RawGuide_TheEngineLacks_ThrowsBeforeGenerating()
    {
        var session = Scripted.Saying("yes");
        using LlamaFp4ChatClient client = new(session);

        var error = Assert.Throws<FeatureNotSupportedException>(() => client.Start(
            new ChatOptions { RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = new RegexGuide("yes|no") } }));

        Assert.Contains("RegexGuide", error.Message, StringComparison.Ordinal);
        Assert.Empty(session.Requests);
    }

    [Fact]
    public async Task WhatIsIgnored_IsLoggedOnceAtDebug()
    {
        FakeLogCollector logs = new();
        using LoggerFactory loggers = new([new FakeLoggerProvider(logs)], new LoggerFilterOptions { MinLevel = LogLevel.Debug });
        using LlamaFp4ChatClient client = new(Scripted.Saying("Hi"), loggerFactory: loggers);
        ChatOptions options = new()
        {
            Reasoning = new ReasoningOptions(),
            ConversationId = "conversation",
            AllowBackgroundResponses = true,
            Tools = [new HostedWebSearchTool()],
            RawRepresentationFactory = _ => "not ours",
            AdditionalProperties = new() { ["min_p"] = "much", ["priority"] = 1.5, ["unknown"] = 1 },
        };

        await client.AskAsync("Go", options);
        var response = await client.AskAsync("Go", options);

        Assert.Equal("Hi", response.Text);
        Assert.Null(response.ConversationId);
        Assert.All(logs.GetSnapshot(), record => Assert.Equal(LogLevel.Debug, record.Level));
        Assert.Equal(
            ["AllowBackgroundResponses", "ConversationId", "HostedWebSearchTool", "RawRepresentationFactory", "Reasoning", "min_p", "priority"],
            logs.GetSnapshot().Where(record => record.Message.Contains(" is ignored: ", StringComparison.Ordinal))
                .Select(record => record.Message.Split(' ')[0]).Order(StringComparer.Ordinal));
    }
}

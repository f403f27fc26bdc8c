using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Http;

/// <summary>Requests as an HTTP server receives them.</summary>
public sealed class CompletionRequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PlainRequest_SaysWhatItMustAndNothingMore()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 9 });

        Assert.Equal(
            """{"model":"replay","prompt":[5,17,42],"detokenize":false,"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":false},"max_tokens":9,"stop_token_ids":[1,2,3],"include_stop_str_in_output":true,"temperature":0.6,"top_p":0.9,"top_k":0}""",
            json.ToJsonString());
    }

    [Fact]
    public async Task RequestWithoutLimit_AsksForWhatTheContextLeaves()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, StopTokenIds = [10] });

        Assert.Equal(509, (int)json["max_tokens"]!);
    }

    [Fact]
    public async Task StopTokensOfTheRequest_SwitchTheModelsOwnEndOff()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, StopTokenIds = [9, 7] });

        Assert.Equal("[7,9]", json["stop_token_ids"]!.ToJsonString());
        Assert.True((bool)json["ignore_eos"]!);
    }

    [Fact]
    public async Task NoStopTokens_AreNotSent()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, StopTokenIds = [] });

        Assert.Null(json["stop_token_ids"]);
        Assert.Null(json["include_stop_str_in_output"]);
        Assert.True((bool)json["ignore_eos"]!);
    }

    [Fact]
    public async Task Sampling_IsSentFieldByField()
    {
        var json = await SendAsync(new GenerationRequest
        {
            PromptTokenIds = ServedModel.Prompt,
            MaxNewTokens = 1,
            LogProbabilities = 0,
            LogitBias = new Dictionary<int, float> { [11] = -2.5f, [12] = float.NegativeInfinity },
            Sampling = new SamplingParameters
            {
                Temperature = 0.5f,
                TopK = 40,
                TopP = 0.75f,
                MinP = 0.125f,
                RepetitionPenalty = 1.5f,
                PresencePenalty = -0.25f,
                FrequencyPenalty = 0.25f,
                Seed = -1,
            },
        });

        Assert.EndsWith(
            """
            "temperature":0.5,"top_p":0.75,"top_k":40,"min_p":0.125,"repetition_penalty":1.5,"presence_penalty":-0.25,"frequency_penalty":0.25,"seed":18446744073709551615,"logprobs":1,"logit_bias":{"11":-2.5,"12":-100}}
            """,
            json.ToJsonString(),
            StringComparison.Ordinal);
    }

    public static TheoryData<Guide, string> Guides => new()
    {
        { new JsonGuide(), """{"type":"json_object"}""" },
        { new JsonSchemaGuide(JsonElement.Parse("""{ "type": "integer" }""")), """{"type":"json","schema":{"type":"integer"}}""" },
        { new JsonSchemaGuide(JsonElement.Parse("true")), """{"type":"json","schema":{}}""" },
        { new RegexGuide("a\"b"), """{"type":"regex","regex":"a\u0022b"}""" },
        { new ChoiceGuide(["a", "b"]), """{"type":"regex","regex":"(a|b)"}""" },
        { new EbnfGuide("root ::= \"a\""), """{"type":"ebnf","ebnf":"root ::= \u0022a\u0022"}""" },
    };

    [Theory]
    [MemberData(nameof(Guides))]
    public async Task Guide_IsAResponseFormat(Guide guide, string expected)
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Guide = guide });

        Assert.Equal(expected, json["response_format"]!.ToJsonString());
    }

    [Fact]
    public async Task ToolCallGuide_IsTheStructuralTagItself()
    {
        var guide = new ToolCallGuide { Tools = [new ToolSignature("get_time", JsonElement.Parse("""{"type":"object"}"""))] };

        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Guide = guide });

        Assert.Equal("structural_tag", (string)json["response_format"]!["type"]!);
        Assert.Equal("triggered_tags", (string)json["response_format"]!["format"]!["type"]!);
    }

    [Fact]
    public async Task ModelId_IsTheConfiguredOne()
    {
        await using var model = new ServedModel(StandInProtocol.Http);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(options => options.ModelId = "my-model", server);

        await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(1), Cancellation), Cancellation);

        Assert.All(server.Requests, request => Assert.Equal("my-model", (string)JsonNode.Parse(request.Json)!["model"]!));
    }

    [Fact]
    public async Task AlternativeLogProbabilities_AreRefusedByName()
    {
        var exception = await Assert.ThrowsAsync<FeatureNotSupportedException>(() => SendAsync(
            new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, LogProbabilities = 3 }));

        Assert.Contains("LogProbabilities is 3, expected 0", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100.5f)]
    [InlineData(-101f)]
    public async Task LogitBiasBeyondTheServersLimit_IsRefusedByName(float bias)
    {
        var exception = await Assert.ThrowsAsync<FeatureNotSupportedException>(() => SendAsync(
            new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, LogitBias = new Dictionary<int, float> { [7] = bias } }));

        Assert.Contains("token 7", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> SendAsync(GenerationRequest request)
    {
        await using var model = new ServedModel(StandInProtocol.Http);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        await Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);
        return JsonNode.Parse(server.Requests[^1].Json)!;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm.OpenEngine;

/// <summary>Requests as an OpenEngine server receives them.</summary>
public sealed class OpenEngineRequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PlainRequest_HasLimitStopTokensAndTheCheckpointsSampling()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 9 });

        Assert.True(Guid.TryParse((string?)json["requestId"], out _));
        json.Remove("requestId");
        Assert.Equal(
            Normal("""
            {
              "model": "replay",
              "tokenIds": { "ids": [5, 17, 42] },
              "sampling": { "temperature": 0.6000000238418579, "topP": 0.8999999761581421, "topK": 0 },
              "stopping": {
                "maxTokens": 9,
                "conditions": [{ "stopTokenId": 1 }, { "stopTokenId": 2 }, { "stopTokenId": 3 }],
                "includeStopInOutput": true
              },
              "extra": { "detokenize": false }
            }
            """),
            json.ToJsonString());
    }

    [Fact]
    public async Task StopTokensOfTheRequest_SwitchTheModelsOwnEndOff()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, StopTokenIds = [9, 7] });

        Assert.Equal(
            Normal("""{ "maxTokens": 1, "conditions": [{ "stopTokenId": 7 }, { "stopTokenId": 9 }], "ignoreEos": true, "includeStopInOutput": true }"""),
            json["stopping"]!.ToJsonString());
    }

    [Fact]
    public async Task EveryField_IsSent()
    {
        var json = await SendAsync(new GenerationRequest
        {
            PromptTokenIds = ServedModel.Prompt,
            MaxNewTokens = 1,
            LogProbabilities = 4,
            CacheSalt = "tenant",
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

        Assert.Equal(
            Normal("""
            {
              "temperature": 0.5, "topP": 0.75, "topK": 40, "minP": 0.125, "frequencyPenalty": 0.25, "presencePenalty": -0.25,
              "repetitionPenalty": 1.5, "seed": "18446744073709551615"
            }
            """),
            json["sampling"]!.ToJsonString());
        Assert.Equal(Normal("""{ "returnOutputLogprobs": true, "outputCandidates": { "topN": 4 } }"""), json["response"]!.ToJsonString());
        Assert.Equal(Normal("""{ "cacheSalt": "tenant" }"""), json["kv"]!.ToJsonString());
    }

    public static TheoryData<Guide, string> Guides => new()
    {
        { new JsonGuide(), """{ "jsonObject": { } }""" },
        { new JsonSchemaGuide(JsonElement.Parse("""{"type":"integer"}""")), """{ "jsonSchema": "{\"type\":\"integer\"}" }""" },
        { new RegexGuide("a+b"), """{ "regex": "a+b" }""" },
        { new ChoiceGuide(["yes", "no"]), """{ "regex": "(yes|no)" }""" },
        { new EbnfGuide("root ::= x"), """{ "ebnfGrammar": "root ::= x" }""" },
    };

    [Theory]
    [MemberData(nameof(Guides), DisableDiscoveryEnumeration = true)]
    public async Task Guide_IsSentInTheServersNotation(Guide guide, string expected)
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Guide = guide });

        Assert.Equal(Normal(expected), json["guided"]!.ToJsonString());
    }

    [Fact]
    public async Task ToolCallGuide_IsSentAsStructuralTag()
    {
        var guide = new ToolCallGuide { Tools = [new ToolSignature("now", JsonElement.Parse("{}"))] };

        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Guide = guide });

        Assert.StartsWith("""{"type":"structural_tag","format":""", (string)json["guided"]!["structuralTag"]!, StringComparison.Ordinal);
    }

    private static string Normal(string json) => JsonNode.Parse(json)!.ToJsonString();

    private static async Task<JsonObject> SendAsync(GenerationRequest request)
    {
        await using var model = new ServedModel(StandInProtocol.OpenEngine);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);

        await Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);
        return JsonNode.Parse(server.Requests[1].Json)!.AsObject();
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Smg;

/// <summary>Requests as an SMG server receives them.</summary>
public sealed class SmgRequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PlainRequest_HasLimitStopTokensAndTheCheckpointsSampling() => await RequireAsync(
        new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 9 },
        """
        {
          "tokenized": { "inputTokenIds": [5, 17, 42] },
          "samplingConfig": { "beamWidth": 1, "numReturnSequences": 1, "topK": 0, "topP": 0.9, "temperature": 0.6 },
          "outputConfig": { },
          "maxTokens": 9,
          "streaming": true,
          "stopTokenIds": [1, 2, 3],
          "includeStopTokenInOutput": true
        }
        """);

    [Fact]
    public async Task RequestWithoutLimit_AsksForWhatTheContextLeaves()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, StopTokenIds = [10] });

        Assert.Equal(509, (int)json["maxTokens"]!);
    }

    [Fact]
    public async Task StopTokensOfTheRequest_SwitchTheModelsOwnEndOff()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, StopTokenIds = [9, 7] });

        Assert.Equal("[7,9]", json["stopTokenIds"]!.ToJsonString());
        Assert.True((bool)json["ignoreEos"]!);
    }

    [Fact]
    public async Task Sampling_IsSentFieldByField()
    {
        var json = await SendAsync(new GenerationRequest
        {
            PromptTokenIds = ServedModel.Prompt,
            MaxNewTokens = 1,
            LogProbabilities = 4,
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
            JsonNode.Parse("""
            {
              "beamWidth": 1, "numReturnSequences": 1, "topK": 40, "topP": 0.75, "seed": "18446744073709551615", "temperature": 0.5,
              "repetitionPenalty": 1.5, "presencePenalty": -0.25, "frequencyPenalty": 0.25, "minP": 0.125
            }
            """)!.ToJsonString(),
            json["samplingConfig"]!.ToJsonString());
        Assert.Equal("""{"logprobs":4}""", json["outputConfig"]!.ToJsonString());
    }

    [Fact]
    public async Task Greedy_IsTemperatureZero()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Sampling = new SamplingParameters { Temperature = 0, TopP = 1 } });

        Assert.Equal(0, (float)json["samplingConfig"]!["temperature"]!);
    }

    [Fact]
    public async Task LogProbabilitiesOfTheTokenAlone_AskForOneCandidate()
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, LogProbabilities = 0 });

        Assert.Equal("""{"logprobs":1}""", json["outputConfig"]!.ToJsonString());
    }

    public static TheoryData<Guide, string, string> Guides => new()
    {
        { new JsonGuide(), "GUIDE_TYPE_JSON", "{}" },
        { new JsonSchemaGuide(JsonElement.Parse("""{"type":"integer"}""")), "GUIDE_TYPE_JSON_SCHEMA", """{"type":"integer"}""" },
        { new RegexGuide("a+b"), "GUIDE_TYPE_REGEX", "a+b" },
        { new ChoiceGuide(["yes", "no."]), "GUIDE_TYPE_REGEX", @"(yes|no\.)" },
        { new EbnfGuide("root ::= \"a\""), "GUIDE_TYPE_EBNF_GRAMMAR", "root ::= \"a\"" },
    };

    [Theory]
    [MemberData(nameof(Guides), DisableDiscoveryEnumeration = true)]
    public async Task Guide_IsSentInTheServersNotation(Guide guide, string type, string text)
    {
        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Guide = guide });

        Assert.Equal((type, text), ((string)json["guidedDecoding"]!["guideType"]!, (string)json["guidedDecoding"]!["guide"]!));
    }

    [Fact]
    public async Task ToolCallGuide_IsSentAsStructuralTag()
    {
        var guide = new ToolCallGuide { Tools = [new ToolSignature("now", JsonElement.Parse("{}"))] };

        var json = await SendAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Guide = guide });

        Assert.Equal("GUIDE_TYPE_STRUCTURAL_TAG", (string)json["guidedDecoding"]!["guideType"]!);
        Assert.StartsWith("""{"type":"structural_tag","format":""", (string)json["guidedDecoding"]!["guide"]!, StringComparison.Ordinal);
    }

    private static async Task RequireAsync(GenerationRequest request, string expected)
    {
        var json = await SendAsync(request);

        Assert.True(Guid.TryParse((string?)json["requestId"], out _));
        json.Remove("requestId");
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), json.ToJsonString());
    }

    private static async Task<JsonObject> SendAsync(GenerationRequest request)
    {
        await using var model = new ServedModel(StandInProtocol.Smg);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);

        await Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);
        return JsonNode.Parse(server.Requests[1].Json)!.AsObject();
    }
}

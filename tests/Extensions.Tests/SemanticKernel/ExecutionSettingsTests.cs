using System.Collections;
using System.Reflection;
using System.Text.Json;
using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using YamlDotNet.Serialization;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>Settings from code, JSON and extension data, and what becomes of them.</summary>
public class ExecutionSettingsTests
{
    /// <summary>Every setting, as a template in JSON has it.</summary>
    private const string AllSettings = """
        {
          "service_id": "house",
          "model_id": "scripted-model",
          "temperature": 0.25,
          "top_p": 0.5,
          "top_k": 40,
          "min_p": 0.05,
          "repetition_penalty": 1.1,
          "presence_penalty": 0.2,
          "frequency_penalty": 0.3,
          "seed": 9007199254740993,
          "max_tokens": 64,
          "stop_sequences": ["END", "STOP"],
          "logit_bias": { "12": -1.5, "13": 2 },
          "logprobs": true,
          "top_logprobs": 3,
          "chat_system_prompt": "Be brief.",
          "guided_choice": ["yes", "no"],
          "cache_salt": "tenant",
          "priority": 5
        }
        """;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public void FromExecutionSettings_Json_ReadsEveryMember()
    {
        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(Template(AllSettings));

        AssertAll(settings);
        Assert.Equal("house", settings.ServiceId);
        Assert.Equal("scripted-model", settings.ModelId);
        Assert.True(settings.ExtensionData is null or { Count: 0 });
    }

    /// <summary>Semantic Kernel's YAML templates are read by YamlDotNet, which delivers every scalar as text.</summary>
    [Fact]
    public void FromExecutionSettings_Yaml_ReadsEveryMember()
    {
        PromptExecutionSettings template = new()
        {
            ExtensionData = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>("""
                temperature: 0.25
                top_p: 0.5
                top_k: 40
                min_p: 0.05
                repetition_penalty: 1.1
                presence_penalty: 0.2
                frequency_penalty: 0.3
                seed: 9007199254740993
                max_tokens: 64
                stop_sequences: [END, STOP]
                logit_bias:
                  12: -1.5
                  13: 2
                logprobs: true
                top_logprobs: 3
                chat_system_prompt: Be brief.
                response_format:
                  type: object
                  required: [price]
                guided_choice:
                  - yes
                  - no
                cache_salt: tenant
                priority: 5
                """),
        };

        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(template);

        AssertAll(settings);
        Assert.Equal("""{"type":"object","required":["price"]}""", ((ChatResponseFormatJson)settings.ResponseFormat!).Schema?.GetRawText());
    }

    [Fact]
    public void FromExecutionSettings_OtherKeys_StayExtensionData()
    {
        PromptExecutionSettings template = new() { ExtensionData = new Dictionary<string, object> { ["max_tokens"] = 5, ["somebody_elses"] = "value" } };

        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(template);

        Assert.Equal(5, settings.MaxTokens);
        Assert.Equal("value", Assert.Single(settings.ExtensionData!).Value.ToString());
        Assert.Equal(2, template.ExtensionData.Count);
    }

    [Fact]
    public void FromExecutionSettings_SettingsOfAnotherConnector_AreReadByTheirJsonNames()
    {
        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(new ForeignSettings { MaxTokens = 7, Unknown = "x" });

        Assert.Equal(7, settings.MaxTokens);
        Assert.Contains("unknown", settings.ExtensionData!.Keys);
    }

    [Fact]
    public void FromExecutionSettings_NullAndOwn_NeedNoReading()
    {
        LlamaFp4PromptExecutionSettings own = new();

        Assert.Same(own, LlamaFp4PromptExecutionSettings.FromExecutionSettings(own));
        Assert.Null(LlamaFp4PromptExecutionSettings.FromExecutionSettings(null).MaxTokens);
    }

    [Theory]
    [InlineData("""{"temperature": "hot"}""", "temperature")]
    [InlineData("""{"max_tokens": 1.5}""", "max_tokens")]
    [InlineData("""{"logprobs": "perhaps"}""", "logprobs")]
    [InlineData("""{"stop_sequences": {"a": 1}}""", "stop_sequences")]
    [InlineData("""{"response_format": "xml"}""", "response_format")]
    [InlineData("""{"response_format": 5}""", "response_format")]
    [InlineData("""{"response_format": {"type": "json_schema"}}""", "response_format")]
    public void FromExecutionSettings_UnreadableValue_IsNamed(string json, string name)
    {
        var complaint = Assert.Throws<ArgumentException>(() => LlamaFp4PromptExecutionSettings.FromExecutionSettings(Template(json)));

        Assert.Contains(name, complaint.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromExecutionSettings_FunctionChoice_KeepsFunctionsAndManualInvocation()
    {
        var behavior = FunctionChoiceBehavior.Required([KernelFunctionFactory.CreateFromMethod(() => 1, "One")], autoInvoke: false);

        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(new PromptExecutionSettings { FunctionChoiceBehavior = behavior });

        Assert.Same(behavior, settings.FunctionChoiceBehavior);
    }

    [Theory]
    [InlineData("\"text\"", "\"text\"")]
    [InlineData("\"json_object\"", "\"json_object\"")]
    [InlineData("""{"type":"json_object"}""", "\"json_object\"")]
    [InlineData("""{"type":"object"}""", """{"type":"object"}""")]
    [InlineData("""
        "{\"type\":\"integer\"}"
        """, """{"type":"integer"}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"dish","schema":{"type":"object"}}}""", """{"type":"json_schema","json_schema":{"name":"dish","schema":{"type":"object"}}}""")]
    [InlineData("""{"type":"json_schema","json_schema":{"schema":{"type":"object"}}}""", """{"type":"object"}""")]
    public void ResponseFormat_Json_IsReadAndWrittenInItsShortestForm(string json, string expected)
    {
        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(Template($$"""{"response_format": {{json}}}"""));

        var written = JsonSerializer.SerializeToElement(settings).GetProperty("response_format").GetRawText();

        Assert.NotNull(settings.ResponseFormat);
        Assert.Equal(expected, written);
    }

    [Fact]
    public void ResponseFormat_TypeOrFormatInExtensionData_IsUnderstood()
    {
        PromptExecutionSettings byType = new() { ExtensionData = new Dictionary<string, object> { ["response_format"] = typeof(Dish) } };
        PromptExecutionSettings byFormat = new() { ExtensionData = new Dictionary<string, object> { ["response_format"] = ChatResponseFormat.Json } };

        var schema = ((ChatResponseFormatJson)LlamaFp4PromptExecutionSettings.FromExecutionSettings(byType).ResponseFormat!).Schema!.Value;

        Assert.True(schema.GetProperty("properties").TryGetProperty("price", out _), schema.GetRawText());
        Assert.Same(ChatResponseFormat.Json, LlamaFp4PromptExecutionSettings.FromExecutionSettings(byFormat).ResponseFormat);
        Assert.Equal(typeof(Dish), byType.ExtensionData["response_format"]);
    }

    [Fact]
    public void Json_RoundTrip_KeepsEveryMember()
    {
        var settings = LlamaFp4PromptExecutionSettings.FromExecutionSettings(Template(AllSettings));

        var copy = JsonSerializer.Deserialize<LlamaFp4PromptExecutionSettings>(JsonSerializer.Serialize(settings));

        AssertAll(copy!);
    }

    [Fact]
    public void Json_NothingSet_IsNotWritten() =>
        Assert.DoesNotContain("temperature", JsonSerializer.Serialize(new LlamaFp4PromptExecutionSettings()), StringComparison.Ordinal);

    [Fact]
    public void Clone_EveryMember_IsCopied()
    {
        var settings = CreateFull();

        var clone = Assert.IsType<LlamaFp4PromptExecutionSettings>(settings.Clone());

        Assert.All(Members(), member => AssertEqual(member.GetValue(settings), member.GetValue(clone)));
        Assert.NotSame(settings.StopSequences, clone.StopSequences);
        Assert.NotSame(settings.GuidedChoice, clone.GuidedChoice);
        Assert.NotSame(settings.LogitBias, clone.LogitBias);
        Assert.NotSame(settings.ExtensionData, clone.ExtensionData);
    }

    [Fact]
    public void Clone_OfFrozen_CanBeChanged()
    {
        var settings = CreateFull();
        settings.Freeze();

        var clone = (LlamaFp4PromptExecutionSettings)settings.Clone();
        clone.Temperature = 1;
        clone.StopSequences!.Add("MORE");
        clone.LogitBias!.Add(1, 1);

        Assert.False(clone.IsFrozen);
        Assert.Single(settings.StopSequences!);
    }

    [Fact]
    public void Freeze_EveryMember_CannotBeSet()
    {
        var settings = CreateFull();
        settings.Freeze();
        settings.Freeze();

        Assert.True(settings.IsFrozen);
        Assert.All(Members(), member =>
            Assert.IsType<InvalidOperationException>(Assert.Throws<TargetInvocationException>(() => member.SetValue(settings, null)).InnerException));
    }

    [Fact]
    public void Freeze_ListsAndMaps_CannotBeChanged()
    {
        List<string> stopSequences = ["END"];
        var settings = CreateFull();
        settings.StopSequences = stopSequences;
        settings.Freeze();

        stopSequences.Add("LATER");

        Assert.Equal(["END"], settings.StopSequences!);
        Assert.Throws<NotSupportedException>(() => settings.StopSequences!.Add("MORE"));
        Assert.Throws<NotSupportedException>(() => settings.GuidedChoice!.Add("maybe"));
        Assert.Throws<NotSupportedException>(() => settings.LogitBias!.Add(1, 1));
        Assert.Throws<NotSupportedException>(() => settings.ExtensionData!.Add("more", 1));
    }

    [Fact]
    public async Task Two_guides_at_once_are_refused()
    {
        using var session = ScriptedTokenSession.Saying(TinyTokenizer.Create(), "yes");
        LlamaFp4ChatCompletionService service = new(session.AsIChatClient());
        LlamaFp4PromptExecutionSettings settings = new() { GuidedRegex = "yes|no", GuidedChoice = ["yes", "no"] };

        var complaint = await Assert.ThrowsAsync<ArgumentException>(() =>
            service.GetChatMessageContentAsync("Is it?", settings, cancellationToken: CancellationToken));

        Assert.Contains("guided_regex", complaint.Message, StringComparison.Ordinal);
        Assert.Empty(session.Requests);
    }

    [Fact]
    public async Task What_the_engine_lacks_is_refused()
    {
        using var session = ScriptedTokenSession.Saying(TinyTokenizer.Create(), "yes");
        LlamaFp4ChatCompletionService service = new(session.AsIChatClient());
        LlamaFp4PromptExecutionSettings settings = new() { GuidedGrammar = "root ::= \"yes\"" };

        await Assert.ThrowsAsync<FeatureNotSupportedException>(() =>
            service.GetChatMessageContentAsync("Is it?", settings, cancellationToken: CancellationToken));
    }

    private static PromptExecutionSettings Template(string json) => JsonSerializer.Deserialize<PromptExecutionSettings>(json)!;

    private static void AssertAll(LlamaFp4PromptExecutionSettings settings)
    {
        Assert.Equal(0.25f, settings.Temperature);
        Assert.Equal(0.5f, settings.TopP);
        Assert.Equal(40, settings.TopK);
        Assert.Equal(0.05f, settings.MinP);
        Assert.Equal(1.1f, settings.RepetitionPenalty);
        Assert.Equal(0.2f, settings.PresencePenalty);
        Assert.Equal(0.3f, settings.FrequencyPenalty);
        Assert.Equal(9007199254740993, settings.Seed);
        Assert.Equal(64, settings.MaxTokens);
        Assert.Equal(["END", "STOP"], settings.StopSequences!);
        Assert.Equal(new Dictionary<int, float> { [12] = -1.5f, [13] = 2 }, settings.LogitBias);
        Assert.True(settings.LogProbabilities);
        Assert.Equal(3, settings.TopLogProbabilities);
        Assert.Equal("Be brief.", settings.ChatSystemPrompt);
        Assert.Equal(["yes", "no"], settings.GuidedChoice!);
        Assert.Equal("tenant", settings.CacheSalt);
        Assert.Equal(5, settings.Priority);
    }

    /// <summary>Settings in which no member has its default, also one that is added later.</summary>
    private static LlamaFp4PromptExecutionSettings CreateFull()
    {
        LlamaFp4PromptExecutionSettings settings = new();
        foreach (var member in Members())
        {
            member.SetValue(settings, Example(member.PropertyType));
        }

        return settings;
    }

    private static PropertyInfo[] Members() => [.. typeof(LlamaFp4PromptExecutionSettings).GetProperties().Where(member => member.SetMethod is { IsPublic: true })];

    private static object Example(Type type) => Nullable.GetUnderlyingType(type) is { } number
        ? Convert.ChangeType(1, number, provider: null)
        : type == typeof(string) ? "text"
        : type == typeof(IList<string>) ? new List<string> { "item" }
        : type == typeof(IDictionary<int, float>) ? new Dictionary<int, float> { [12] = -1 }
        : type == typeof(IDictionary<string, object>) ? new Dictionary<string, object> { ["other"] = 1 }
        : type == typeof(ChatResponseFormat) ? ChatResponseFormat.Json
        : type == typeof(FunctionChoiceBehavior) ? FunctionChoiceBehavior.Auto()
        : throw new NotSupportedException($"No example of {type}.");

    private static void AssertEqual(object? expected, object? actual)
    {
        Assert.NotNull(expected);
        if (expected is IEnumerable and not string)
        {
            Assert.Equal(((IEnumerable)expected).Cast<object>(), ((IEnumerable)actual!).Cast<object>());
            return;
        }

        Assert.Equal(expected, actual);
    }

    private sealed record Dish(string Name, int Price);

    private sealed class ForeignSettings : PromptExecutionSettings
    {
        [System.Text.Json.Serialization.JsonPropertyName("max_tokens")]
        public int? MaxTokens { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("unknown")]
        public string? Unknown { get; init; }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.SemanticKernel;

/// <content>From the settings of templates and of other connectors, and to the options of a chat client.</content>
public sealed partial class LlamaFp4PromptExecutionSettings
{
    private const string ResponseFormatKey = "response_format";

    /// <summary>Settings that <see cref="ChatOptions"/> has no property for: Semantic Kernel puts them among the additional properties as well.</summary>
    private static readonly string[] KeysWithoutOption =
    [
        "min_p", "repetition_penalty", "logit_bias", "logprobs", "top_logprobs", "guided_regex", "guided_choice", "guided_grammar", "cache_salt", "priority",
    ];

    private static readonly JsonSerializerOptions JsonOptions = CreateJsonOptions();

    /// <summary>Reads the settings of a template, of another connector or of these.</summary>
    /// <param name="settings">What to read; its extension data has the names of the JSON properties. <see langword="null"/>: all defaults.</param>
    /// <returns>The same instance if it is one of these, or a new one. What has no member here stays in its extension data.</returns>
    /// <exception cref="ArgumentException">A value cannot be read; the message names it.</exception>
    public static LlamaFp4PromptExecutionSettings FromExecutionSettings(PromptExecutionSettings? settings)
    {
        if (settings is null or LlamaFp4PromptExecutionSettings)
        {
            return settings as LlamaFp4PromptExecutionSettings ?? new LlamaFp4PromptExecutionSettings();
        }

        var behavior = settings.FunctionChoiceBehavior;
        var format = TakeResponseFormat(ref settings);
        var read = Read(settings);

        // JSON keeps neither the functions themselves nor whether they are invoked.
        read.FunctionChoiceBehavior = behavior;
        read.ResponseFormat = format ?? read.ResponseFormat;
        return read;
    }

    /// <summary>The options of a request.</summary>
    /// <param name="kernel">Whose functions may be called, and whose filters see them.</param>
    /// <exception cref="ArgumentException">Two settings exclude each other.</exception>
    internal ChatOptions CreateChatOptions(Kernel? kernel)
    {
        // Semantic Kernel converts a derived type through JSON; what is typed here need not take that way.
        PromptExecutionSettings untyped = new()
        {
            ModelId = ModelId,
            ServiceId = ServiceId,
            FunctionChoiceBehavior = FunctionChoiceBehavior,
            ExtensionData = ExtensionData,
        };
        var options = untyped.ToChatOptions(kernel);
        PrepareChatOptionsForRequest(options);
        return options;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Two settings exclude each other.</exception>
    protected override void PrepareChatOptionsForRequest(ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        options.Temperature = Temperature ?? options.Temperature;
        options.TopP = TopP ?? options.TopP;
        options.TopK = TopK ?? options.TopK;
        options.PresencePenalty = PresencePenalty ?? options.PresencePenalty;
        options.FrequencyPenalty = FrequencyPenalty ?? options.FrequencyPenalty;
        options.Seed = Seed ?? options.Seed;
        options.MaxOutputTokens = MaxTokens ?? options.MaxOutputTokens;
        options.StopSequences = StopSequences is null ? options.StopSequences : [.. StopSequences];
        options.Instructions = ChatSystemPrompt ?? options.Instructions;
        options.ResponseFormat = ResponseFormat ?? options.ResponseFormat;
        foreach (var key in KeysWithoutOption)
        {
            options.AdditionalProperties?.Remove(key);
        }

        var guide = ToGuide();
        options.RawRepresentationFactory = _ => new LlamaFp4RequestOptions
        {
            MinP = MinP,
            RepetitionPenalty = RepetitionPenalty,
            LogitBias = LogitBias is null ? null : new Dictionary<int, float>(LogitBias),
            LogProbabilities = LogProbabilities is true ? TopLogProbabilities ?? 0 : null,
            CacheSalt = CacheSalt,
            Priority = Priority,
            Guide = guide,
        };
    }

    private Guide? ToGuide()
    {
        Guide?[] guides =
        [
            GuidedRegex is null ? null : new RegexGuide(GuidedRegex),
            GuidedChoice is null ? null : new ChoiceGuide([.. GuidedChoice]),
            GuidedGrammar is null ? null : new EbnfGuide(GuidedGrammar),
        ];
        return guides.Count(guide => guide is not null) <= 1
            ? Array.Find(guides, guide => guide is not null)
            : throw new ArgumentException("At most one of guided_regex, guided_choice and guided_grammar may be set.");
    }

    /// <summary>A format that code has put into the extension data, as an object that JSON would not bring back.</summary>
    private static ChatResponseFormat? TakeResponseFormat(ref PromptExecutionSettings settings)
    {
        if (settings.ExtensionData?.TryGetValue(ResponseFormatKey, out var value) is not true || value is not (ChatResponseFormat or Type))
        {
            return null;
        }

        settings = settings.Clone();
        settings.ExtensionData!.Remove(ResponseFormatKey);
        return value as ChatResponseFormat ?? ChatResponseFormat.ForJsonSchema((Type)value);
    }

    private static LlamaFp4PromptExecutionSettings Read(PromptExecutionSettings settings)
    {
        try
        {
            var json = JsonSerializer.SerializeToElement(settings, JsonOptions.GetTypeInfo(settings.GetType()));
            return (LlamaFp4PromptExecutionSettings)json.Deserialize(JsonOptions.GetTypeInfo(typeof(LlamaFp4PromptExecutionSettings)))!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            var path = (e as JsonException)?.Path?.TrimStart('$', '.');
            throw new ArgumentException($"The execution settings cannot be read, at '{path}': {e.Message}", nameof(settings), e);
        }
    }

    private static JsonSerializerOptions CreateJsonOptions()
    {
        JsonSerializerOptions options = new(AIJsonUtilities.DefaultOptions)
        {
            NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
            PropertyNameCaseInsensitive = true,
            WriteIndented = false,
        };
        options.MakeReadOnly();
        return options;
    }
}

using System.Collections.ObjectModel;
using System.Text.Json.Serialization;
using LlamaFp4.Extensions.SemanticKernel.Settings;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.SemanticKernel;

/// <summary>Everything a prompt, a prompt template or an agent may set for a request to LlamaFp4.</summary>
/// <remarks>
/// <para>
/// In a template the members have the names of their JSON properties (<c>max_tokens</c>, <c>guided_choice</c>, …), and numbers may be written as text, as
/// YAML readers deliver them. <see langword="null"/> always means the default of the client or of the checkpoint.
/// </para>
/// <para>Which functions may be called is said by <see cref="PromptExecutionSettings.FunctionChoiceBehavior"/>.</para>
/// <para>
/// What the engine cannot do throws <see cref="FeatureNotSupportedException"/> before anything is generated. Frozen settings throw
/// <see cref="InvalidOperationException"/> when set.
/// </para>
/// </remarks>
public sealed partial class LlamaFp4PromptExecutionSettings : PromptExecutionSettings
{
    /// <summary>Divides the logits.</summary>
    /// <value>0 or more; 0 is greedy.</value>
    [JsonPropertyName("temperature")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? Temperature { get; set => field = Unfrozen(value); }

    /// <summary>Only the smallest set of most likely tokens whose probabilities reach this sum may be drawn.</summary>
    /// <value>In (0, 1].</value>
    [JsonPropertyName("top_p")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? TopP { get; set => field = Unfrozen(value); }

    /// <summary>Only the k most likely tokens may be drawn.</summary>
    /// <value>At least 1; 0 switches the filter off.</value>
    [JsonPropertyName("top_k")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TopK { get; set => field = Unfrozen(value); }

    /// <summary>Only tokens at least this fraction as likely as the most likely one may be drawn.</summary>
    /// <value>In [0, 1].</value>
    [JsonPropertyName("min_p")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? MinP { get; set => field = Unfrozen(value); }

    /// <summary>Divides positive and multiplies negative logits of every token seen in prompt or output.</summary>
    /// <value>Greater than 0; 1 is neutral.</value>
    [JsonPropertyName("repetition_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? RepetitionPenalty { get; set => field = Unfrozen(value); }

    /// <summary>Subtracted once from the logit of every token generated so far.</summary>
    [JsonPropertyName("presence_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? PresencePenalty { get; set => field = Unfrozen(value); }

    /// <summary>Subtracted from the logit of a token for each time it was generated so far.</summary>
    [JsonPropertyName("frequency_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? FrequencyPenalty { get; set => field = Unfrozen(value); }

    /// <summary>Makes the draws repeatable; all 64 bits count.</summary>
    [JsonPropertyName("seed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get; set => field = Unfrozen(value); }

    /// <summary>How many tokens each answer may have, tool calls included.</summary>
    /// <value>At least 1.</value>
    [JsonPropertyName("max_tokens")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; set => field = Unfrozen(value); }

    /// <summary>Texts that end the answer. They are not part of it.</summary>
    /// <value>At most 32, none empty.</value>
    [JsonPropertyName("stop_sequences")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IList<string>? StopSequences { get; set => field = Unfrozen(value); }

    /// <summary>Added to the logit of a token id before sampling. Negative infinity forbids a token.</summary>
    [JsonPropertyName("logit_bias")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IDictionary<int, float>? LogitBias { get; set => field = Unfrozen(value); }

    /// <summary>Whether to report the log probability of each token, in the metadata of the answer under <c>LogProbabilities</c>.</summary>
    [JsonPropertyName("logprobs")]
    [JsonConverter(typeof(BooleanOrTextConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? LogProbabilities { get; set => field = Unfrozen(value); }

    /// <summary>How many alternatives to report for each token, beside the chosen one, if <see cref="LogProbabilities"/> is set.</summary>
    /// <value>0 or more; <see langword="null"/> (default) is 0.</value>
    [JsonPropertyName("top_logprobs")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TopLogProbabilities { get; set => field = Unfrozen(value); }

    /// <summary>System text that stands before all messages.</summary>
    [JsonPropertyName("chat_system_prompt")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ChatSystemPrompt { get; set => field = Unfrozen(value); }

    /// <summary>Text, any JSON, or JSON of a schema: <see cref="ChatResponseFormat.ForJsonSchema{T}"/> makes one from a type.</summary>
    /// <value>
    /// In a template: <c>text</c>, <c>json_object</c>, a JSON Schema, or <c>{"type": "json_schema", "json_schema": {"name": …, "schema": …}}</c>.
    /// Tools stay callable beside a schema.
    /// </value>
    [JsonPropertyName("response_format")]
    [JsonConverter(typeof(ResponseFormatConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatResponseFormat? ResponseFormat { get; set => field = Unfrozen(value); }

    /// <summary>A regular expression that the whole answer matches.</summary>
    /// <value>At most one of the guided members may be set; the answer then holds no tool call and follows no response format.</value>
    [JsonPropertyName("guided_regex")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GuidedRegex { get; set => field = Unfrozen(value); }

    /// <summary>The answer is one of these texts.</summary>
    /// <inheritdoc cref="GuidedRegex" path="/value"/>
    [JsonPropertyName("guided_choice")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IList<string>? GuidedChoice { get; set => field = Unfrozen(value); }

    /// <summary>A grammar in extended Backus–Naur form that derives the answer from its rule <c>root</c>.</summary>
    /// <inheritdoc cref="GuidedRegex" path="/value"/>
    [JsonPropertyName("guided_grammar")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GuidedGrammar { get; set => field = Unfrozen(value); }

    /// <summary>Requests share cached prefixes only with requests of the same salt.</summary>
    [JsonPropertyName("cache_salt")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CacheSalt { get; set => field = Unfrozen(value); }

    /// <summary>Waiting requests of higher priority start first.</summary>
    [JsonPropertyName("priority")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Priority { get; set => field = Unfrozen(value); }

    /// <inheritdoc/>
    public override void Freeze()
    {
        if (IsFrozen)
        {
            return;
        }

        StopSequences = StopSequences is null ? null : new ReadOnlyCollection<string>([.. StopSequences]);
        GuidedChoice = GuidedChoice is null ? null : new ReadOnlyCollection<string>([.. GuidedChoice]);
        LogitBias = LogitBias is null ? null : new ReadOnlyDictionary<int, float>(new Dictionary<int, float>(LogitBias));
        base.Freeze();
    }

    /// <inheritdoc/>
    public override PromptExecutionSettings Clone() => new LlamaFp4PromptExecutionSettings
    {
        ModelId = ModelId,
        ServiceId = ServiceId,
        FunctionChoiceBehavior = FunctionChoiceBehavior,
        ExtensionData = ExtensionData is null ? null : new Dictionary<string, object>(ExtensionData),
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        Seed = Seed,
        MaxTokens = MaxTokens,
        StopSequences = StopSequences is null ? null : [.. StopSequences],
        LogitBias = LogitBias is null ? null : new Dictionary<int, float>(LogitBias),
        LogProbabilities = LogProbabilities,
        TopLogProbabilities = TopLogProbabilities,
        ChatSystemPrompt = ChatSystemPrompt,
        ResponseFormat = ResponseFormat,
        GuidedRegex = GuidedRegex,
        GuidedChoice = GuidedChoice is null ? null : [.. GuidedChoice],
        GuidedGrammar = GuidedGrammar,
        CacheSalt = CacheSalt,
        Priority = Priority,
    };

    private T Unfrozen<T>(T value)
    {
        ThrowIfFrozen();
        return value;
    }
}

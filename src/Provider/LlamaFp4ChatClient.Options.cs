using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider.Decoding;
using LlamaFp4.Provider.Prompting;
using LlamaFp4.Provider.ToolCalling;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider;

/// <content>What a request's options mean for its generation.</content>
public sealed partial class LlamaFp4ChatClient
{
    private PreparedRequest Prepare(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        options ??= new ChatOptions();
        CheckModelId(options);
        LogIgnored(options);

        var raw = ToRequestOptions(options);
        AdditionalOptions additional = new(options.AdditionalProperties, LogIgnored);
        AIFunctionDeclaration[] tools = [.. options.Tools?.OfType<AIFunctionDeclaration>() ?? []];
        string[] stopSequences = [.. raw.StopSequences ?? options.StopSequences?.AsReadOnly() ?? []];
        StopSequenceDetector.Validate(stopSequences, nameof(options));
        var guide = ToGuide(options, raw.Guide, tools);
        var prompt = _template.Prepare(messages, options);

        return new PreparedRequest
        {
            Prompt = prompt,
            Generation = new GenerationRequest
            {
                PromptTokenIds = prompt.TokenIds,
                MaxNewTokens = raw.MaxOutputTokens ?? options.MaxOutputTokens ?? _options.MaxOutputTokens,
                Sampling = ToSampling(options, raw, additional),
                Guide = guide,
                LogProbabilities = raw.LogProbabilities ?? additional.LogProbabilities,
                LogitBias = raw.LogitBias,
                CacheSalt = raw.CacheSalt ?? additional.CacheSalt,
                Priority = raw.Priority ?? additional.Priority ?? 0,
            },
            StopSequences = stopSequences,
            Tools = new DeclaredTools(options.ToolMode is NoneChatToolMode ? [] : tools),

            // Only a grammar makes sure that what begins as a call becomes one; with a response schema it could be part of the answer.
            CallsInText = guide is ToolCallGuide { Required: false, ResponseSchema: null },
            FirstCallOnly = options.AllowMultipleToolCalls == false && guide is not ToolCallGuide { AllowMultiple: false },
        };
    }

    private void CheckModelId(ChatOptions options)
    {
        if (options.ModelId is { } modelId && modelId != _modelId && modelId != _session.Model.ModelId)
        {
            throw new InvalidOperationException($"The request asks for model \"{modelId}\", but this client serves \"{_modelId}\".");
        }
    }

    private LlamaFp4RequestOptions ToRequestOptions(ChatOptions options)
    {
        var raw = options.RawRepresentationFactory?.Invoke(this);
        if (raw is not (null or LlamaFp4RequestOptions))
        {
            LogIgnored(nameof(options.RawRepresentationFactory), $"it returned {raw.GetType().Name}, not {nameof(LlamaFp4RequestOptions)}");
        }

        return raw as LlamaFp4RequestOptions ?? new LlamaFp4RequestOptions();
    }

    private SamplingParameters ToSampling(ChatOptions options, LlamaFp4RequestOptions raw, AdditionalOptions additional) => new()
    {
        Temperature = raw.Temperature ?? options.Temperature ?? _options.Temperature,
        TopP = raw.TopP ?? options.TopP ?? _options.TopP,
        TopK = raw.TopK ?? options.TopK,
        MinP = raw.MinP ?? additional.MinP,
        RepetitionPenalty = raw.RepetitionPenalty ?? additional.RepetitionPenalty,
        PresencePenalty = raw.PresencePenalty ?? options.PresencePenalty,
        FrequencyPenalty = raw.FrequencyPenalty ?? options.FrequencyPenalty,
        Seed = raw.Seed ?? options.Seed,
    };

    private Guide? ToGuide(ChatOptions options, Guide? rawGuide, AIFunctionDeclaration[] tools)
    {
        if (options.ToolMode is RequiredChatToolMode required && rawGuide is not ToolCallGuide { Required: true })
        {
            return rawGuide is null
                ? Supported(ToRequiredGuide(required.RequiredFunctionName, options, tools))
                : throw new ArgumentException("A required tool mode and a guide of the request's own cannot be honoured together.", nameof(options));
        }

        if (rawGuide is not null)
        {
            return Supported(rawGuide);
        }

        var json = options.ResponseFormat as ChatResponseFormatJson;
        return options.ToolMode is NoneChatToolMode || tools.Length == 0
            ? ToResponseGuide(json)
            : ToAutoGuide(json, options.AllowMultipleToolCalls, tools);
    }

    private static ToolCallGuide ToRequiredGuide(string? name, ChatOptions options, AIFunctionDeclaration[] tools)
    {
        var callable = name is null ? tools : [.. tools.Where(tool => tool.Name == name)];
        if (callable.Length == 0)
        {
            throw new ArgumentException(name is null
                ? "The tool mode requires a call, but the request declares no function."
                : $"The tool mode requires a call of \"{name}\", but the request declares no function of that name.", nameof(options));
        }

        return new ToolCallGuide
        {
            Tools = ToSignatures(callable),
            Required = true,
            AllowMultiple = options.AllowMultipleToolCalls ?? name is null,
        };
    }

    /// <summary>Costs nothing until the model begins a call, and then makes sure of its arguments.</summary>
    private ToolCallGuide? ToAutoGuide(ChatResponseFormatJson? json, bool? allowMultiple, AIFunctionDeclaration[] tools)
    {
        if (!_session.Model.Features.HasFlag(SessionFeatures.ToolCallGuide))
        {
            if (json is not null)
            {
                LogNotEnforced(SessionFeatures.ToolCallGuide);
            }

            return null;
        }

        return new ToolCallGuide
        {
            Tools = ToSignatures(tools),
            AllowMultiple = allowMultiple != false,
            ResponseSchema = json is null ? null : json.Schema ?? ModelJson.EmptyObject,
        };
    }

    private Guide? ToResponseGuide(ChatResponseFormatJson? json)
    {
        if (json is null)
        {
            return null;
        }

        Guide guide = json.Schema is { } schema ? new JsonSchemaGuide(schema) : new JsonGuide();
        if (_session.Model.Features.HasFlag(guide.Feature))
        {
            return guide;
        }

        LogNotEnforced(guide.Feature);
        return null;
    }

    private static ToolSignature[] ToSignatures(AIFunctionDeclaration[] tools) =>
        [.. tools.Select(tool => new ToolSignature(tool.Name, tool.JsonSchema))];

    private Guide Supported(Guide guide) => _session.Model.Features.HasFlag(guide.Feature)
        ? guide
        : throw new FeatureNotSupportedException($"The request needs {guide.Feature}, which engine {_session.Model.EngineName} does not have.");

    private void LogIgnored(ChatOptions options)
    {
        if (options.Reasoning is not null)
        {
            LogIgnored(nameof(options.Reasoning), "Llama 3.1 does not reason apart from its answer");
        }

        if (options.ConversationId is not null)
        {
            LogIgnored(nameof(options.ConversationId), "the client keeps no conversation; send the whole history");
        }

        if (options.ContinuationToken is not null || options.AllowBackgroundResponses is true)
        {
            LogIgnored(nameof(options.AllowBackgroundResponses), "there are no background responses");
        }

        if (options.ResponseFormat is not (null or ChatResponseFormatText or ChatResponseFormatJson))
        {
            LogIgnored(nameof(options.ResponseFormat), $"{options.ResponseFormat.GetType().Name} is not known");
        }

        foreach (var tool in options.Tools ?? [])
        {
            if (tool is not AIFunctionDeclaration)
            {
                LogIgnored(tool.GetType().Name, "only function declarations can be called");
            }
        }
    }

    /// <summary>A request as the session takes it, and how its answer is read.</summary>
    private sealed class PreparedRequest
    {
        public required EncodedPrompt Prompt { get; init; }

        public required GenerationRequest Generation { get; init; }

        public required IReadOnlyList<string> StopSequences { get; init; }

        public required DeclaredTools Tools { get; init; }

        public required bool CallsInText { get; init; }

        public required bool FirstCallOnly { get; init; }
    }
}

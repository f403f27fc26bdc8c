using System.Collections.Frozen;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>A request that has been checked against the model, with every default filled in.</summary>
internal sealed class GenerationPlan
{
    private readonly GuideCompiler? _guides;

    private GenerationPlan(GenerationRequest request, ModelInfo model, LlamaConfig config, GuideCompiler? guides)
    {
        _guides = guides;
        Request = request;
        PromptTokenIds = request.PromptTokenIds;
        MaxNewTokens = request.MaxNewTokens ?? (model.ContextLength - request.PromptTokenIds.Length);
        StopTokenIds = (request.StopTokenIds ?? model.StopTokenIds).ToFrozenSet();
        Settings = SamplingSettings.Resolve(request.Sampling, config);
        LogProbabilities = request.LogProbabilities;
        CacheSalt = request.CacheSalt;
        Priority = request.Priority;
    }

    public GenerationRequest Request { get; }

    public ReadOnlyMemory<int> PromptTokenIds { get; }

    public int MaxNewTokens { get; }

    public FrozenSet<int> StopTokenIds { get; }

    public SamplingSettings Settings { get; }

    public int? LogProbabilities { get; }

    public string? CacheSalt { get; }

    public int Priority { get; }

    /// <summary>A new walk through the request's guide; null if it has none.</summary>
    public GuideCursor? BeginGuide() => Request.Guide is { } guide ? _guides!.Begin(guide, StopTokenIds) : null;

    /// <exception cref="ArgumentException">A value is malformed or out of range.</exception>
    /// <exception cref="FeatureNotSupportedException">The engine cannot honour the guide.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and requested tokens do not fit.</exception>
    public static GenerationPlan Create(GenerationRequest request, ModelInfo model, LlamaConfig config, GuideCompiler? guides = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(request.Sampling);
        RequirePrompt(request.PromptTokenIds.Span, model.VocabularySize, nameof(request.PromptTokenIds));
        RequireAtLeast(request.MaxNewTokens, 1, nameof(request.MaxNewTokens));
        RequireAtLeast(request.LogProbabilities, 0, nameof(request.LogProbabilities));
        RequireIds(request.StopTokenIds ?? [], model.VocabularySize, nameof(request.StopTokenIds));
        RequireBias(request.LogitBias, model.VocabularySize, nameof(request.LogitBias));
        if (request.Guide is { } guide && (guides is null || (model.Features & guide.Feature) == 0))
        {
            throw new FeatureNotSupportedException($"The engine '{model.EngineName}' does not support {guide.Feature}.");
        }

        RequireRoom(request, model.ContextLength);
        var plan = new GenerationPlan(request, model, config, guides);

        // What the guide cannot enforce is refused here, at the call.
        plan.BeginGuide();
        return plan;
    }

    private static void RequirePrompt(ReadOnlySpan<int> prompt, int vocabularySize, string name)
    {
        if (prompt.IsEmpty)
        {
            throw new ArgumentException($"{name} is empty; a prompt has at least one token.", name);
        }

        foreach (var tokenId in prompt)
        {
            RequireId(tokenId, vocabularySize, name);
        }
    }

    private static void RequireAtLeast(int? value, int least, string name)
    {
        if (value < least)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} or more.");
        }
    }

    private static void RequireIds(IEnumerable<int> ids, int vocabularySize, string name)
    {
        foreach (var id in ids)
        {
            RequireId(id, vocabularySize, name);
        }
    }

    private static void RequireId(int id, int vocabularySize, string name)
    {
        if ((uint)id >= (uint)vocabularySize)
        {
            throw new ArgumentOutOfRangeException(name, id, $"{name} holds an id outside of 0 to {vocabularySize - 1}.");
        }
    }

    private static void RequireBias(IReadOnlyDictionary<int, float>? biases, int vocabularySize, string name)
    {
        foreach (var (id, bias) in biases ?? new Dictionary<int, float>())
        {
            RequireId(id, vocabularySize, name);
            if (float.IsNaN(bias) || float.IsPositiveInfinity(bias))
            {
                throw new ArgumentOutOfRangeException(name, bias, $"{name} of token {id} must be a number or negative infinity.");
            }
        }
    }

    private static void RequireRoom(GenerationRequest request, int contextLength)
    {
        var prompt = request.PromptTokenIds.Length;
        var wanted = request.MaxNewTokens ?? 1;
        if (prompt + (long)wanted > contextLength)
        {
            throw new ContextLengthExceededException(
                $"The prompt has {prompt} tokens and {(request.MaxNewTokens is null ? "at least 1 is" : $"{wanted} are")} to be generated, but the context holds {contextLength}.");
        }
    }
}

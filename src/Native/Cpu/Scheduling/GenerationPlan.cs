using System.Collections.Frozen;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>A request that has been copied and checked against the model, with every default filled in. It shares nothing with the caller.</summary>
internal sealed class GenerationPlan
{
    // As many as hosted interfaces give; each position costs a pass over the vocabulary and an object for each.
    private const int MaxLogProbabilities = 20;

    private readonly Func<GuideCursor>? _beginGuide;

    private GenerationPlan(GenerationRequest request, ModelInfo model, LlamaConfig config, GuideCompiler? guides, IReadOnlySet<int> controlTokenIds)
    {
        // Copied first and checked then: what the caller changes meanwhile must not reach the engine unchecked.
        PromptTokenIds = request.PromptTokenIds.ToArray();
        StopTokenIds = (request.StopTokenIds ?? model.StopTokenIds).ToFrozenSet();
        LogitBias = request.LogitBias is { } bias ? [.. bias] : [];
        RequirePrompt(PromptTokenIds, model.VocabularySize, nameof(request.PromptTokenIds));
        RequireAtLeast(request.MaxNewTokens, 1, nameof(request.MaxNewTokens));
        RequireLogProbabilities(request.LogProbabilities, nameof(request.LogProbabilities));
        RequireIds(StopTokenIds, model.VocabularySize, nameof(request.StopTokenIds));
        RequireBias(LogitBias, model.VocabularySize, nameof(request.LogitBias));
        RequireRoom(PromptTokenIds.Length, request.MaxNewTokens, model.ContextLength);
        MaxNewTokens = request.MaxNewTokens ?? (model.ContextLength - PromptTokenIds.Length);
        Settings = SamplingSettings.Resolve(request.Sampling, config);
        LogProbabilities = request.LogProbabilities;
        CacheSalt = request.CacheSalt;
        Priority = request.Priority;
        if (request.Guide is null)
        {
            LogitBias = [.. LogitBias, .. Forbid(controlTokenIds, StopTokenIds, request.LogitBias)];
        }

        _beginGuide = Compile(request.Guide, guides, model, StopTokenIds);
    }

    public int[] PromptTokenIds { get; }

    public int MaxNewTokens { get; }

    public FrozenSet<int> StopTokenIds { get; }

    public KeyValuePair<int, float>[] LogitBias { get; }

    public SamplingSettings Settings { get; }

    public int? LogProbabilities { get; }

    public string? CacheSalt { get; }

    public int Priority { get; }

    /// <param name="request">What the caller asks for.</param>
    /// <param name="model">The model's limits and features.</param>
    /// <param name="config">Its defaults for sampling.</param>
    /// <param name="guides">What compiles guides; without it they are refused.</param>
    /// <param name="controlTokenIds">What is not generated unless the request asks for it, by a stop token or a logit bias.</param>
    /// <exception cref="ArgumentException">A value is malformed or out of range.</exception>
    /// <exception cref="FeatureNotSupportedException">The engine cannot honour the guide.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and requested tokens do not fit.</exception>
    public static GenerationPlan Create(
        GenerationRequest request, ModelInfo model, LlamaConfig config, GuideCompiler? guides = null, IReadOnlySet<int>? controlTokenIds = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(request.Sampling);
        return new GenerationPlan(request, model, config, guides, controlTokenIds ?? FrozenSet<int>.Empty);
    }

    /// <summary>A new walk through the request's guide; null if it has none.</summary>
    public GuideCursor? BeginGuide() => _beginGuide?.Invoke();

    // What the guide cannot enforce is refused here, at the call.
    private static Func<GuideCursor>? Compile(Guide? guide, GuideCompiler? guides, ModelInfo model, FrozenSet<int> stopTokenIds)
    {
        if (guide is null)
        {
            return null;
        }

        if (guides is null || (model.Features & guide.Feature) == 0)
        {
            throw new FeatureNotSupportedException($"The engine '{model.EngineName}' does not support {guide.Feature}.");
        }

        var automaton = guides.Compile(guide);
        return () => guides.Begin(automaton, stopTokenIds);
    }

    private static IEnumerable<KeyValuePair<int, float>> Forbid(
        IReadOnlySet<int> controlTokenIds, FrozenSet<int> stopTokenIds, IReadOnlyDictionary<int, float>? bias) => controlTokenIds
        .Where(id => !stopTokenIds.Contains(id) && bias?.ContainsKey(id) != true)
        .Select(id => KeyValuePair.Create(id, float.NegativeInfinity));

    private static void RequireLogProbabilities(int? count, string name)
    {
        if (count is < 0 or > MaxLogProbabilities)
        {
            throw new ArgumentOutOfRangeException(name, count, $"{name} must be from 0 to {MaxLogProbabilities}.");
        }
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

    private static void RequireBias(KeyValuePair<int, float>[] biases, int vocabularySize, string name)
    {
        foreach (var (id, bias) in biases)
        {
            RequireId(id, vocabularySize, name);
            if (float.IsNaN(bias) || float.IsPositiveInfinity(bias))
            {
                throw new ArgumentOutOfRangeException(name, bias, $"{name} of token {id} must be a number or negative infinity.");
            }
        }
    }

    private static void RequireRoom(int prompt, int? maxNewTokens, int contextLength)
    {
        if (prompt + (long)(maxNewTokens ?? 1) > contextLength)
        {
            throw new ContextLengthExceededException(
                $"The prompt has {prompt} tokens and {(maxNewTokens is null ? "at least 1 is" : $"{maxNewTokens} are")} to be generated, but the context holds {contextLength}.");
        }
    }
}

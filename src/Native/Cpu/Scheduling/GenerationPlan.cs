using System.Collections.Frozen;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>A checked request with its guide compiled for the embedded engine.</summary>
internal sealed class GenerationPlan : CheckedRequest
{
    private readonly Func<GuideCursor>? _beginGuide;

    private GenerationPlan(GenerationRequest request, ModelInfo model, LlamaConfig config, GuideCompiler? guides, IReadOnlySet<int> controlTokenIds)
        : base(request, model, config)
    {
        if (request.Guide is null)
        {
            LogitBias = [.. LogitBias, .. Forbid(controlTokenIds, StopTokenIds, LogitBias)];
        }

        _beginGuide = Compile(request.Guide, guides, model, StopTokenIds);
    }

    /// <param name="request">What the caller asks for.</param>
    /// <param name="model">The model's limits and features.</param>
    /// <param name="config">Its defaults for sampling.</param>
    /// <param name="guides">What compiles guides; without it they are refused.</param>
    /// <param name="controlTokenIds">What is not generated unless the request asks for it, by a stop token or a logit bias.</param>
    /// <exception cref="ArgumentException">A value is malformed or out of range.</exception>
    /// <exception cref="FeatureNotSupportedException">The engine cannot honour the guide.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and requested tokens do not fit.</exception>
    public static GenerationPlan Create(
        GenerationRequest request, ModelInfo model, LlamaConfig config, GuideCompiler? guides = null, IReadOnlySet<int>? controlTokenIds = null) =>
        new(request, model, config, guides, controlTokenIds ?? FrozenSet<int>.Empty);

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
        IReadOnlySet<int> controlTokenIds, FrozenSet<int> stopTokenIds, KeyValuePair<int, float>[] bias) => controlTokenIds
        .Where(id => !stopTokenIds.Contains(id) && !bias.Any(entry => entry.Key == id))
        .Select(id => KeyValuePair.Create(id, float.NegativeInfinity));
}

using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>A request on its way through the engine: its tokens, how many of them are computed, and where the new ones go.</summary>
internal sealed class Generation(GenerationPlan plan, SamplingState sampling, TokenStream stream, RequestTimeline timeline)
{
    private volatile bool _isAborted;

    public GenerationPlan Plan => plan;

    public SamplingState Sampling => sampling;

    public TokenStream Stream => stream;

    public RequestTimeline Timeline => timeline;

    /// <summary>Prompt and generated tokens, the one that stopped it excluded.</summary>
    public TokenBuffer Tokens { get; } = new(plan.PromptTokenIds, plan.MaxNewTokens);

    /// <summary>Place in the queue among equals.</summary>
    public long Arrival { get; set; }

    /// <summary>Its pages while it runs.</summary>
    public KvSequence? Sequence { get; set; }

    /// <summary>Leading tokens whose keys and values are in the cache.</summary>
    public int Computed { get; set; }

    /// <summary>Prompt tokens found in the cache when it first started.</summary>
    public int? CachedPromptTokens { get; set; }

    /// <summary>Tokens of this step.</summary>
    public int Scheduled { get; set; }

    /// <summary>Index of its logits in this step; null while the prompt is not finished.</summary>
    public int? LogitsIndex { get; set; }

    public int Pending => Tokens.Count - Computed;

    public int Generated => Tokens.Count - plan.PromptTokenIds.Length;

    /// <summary>Nobody waits for it any more. May be set from any thread; the engine lets go of it before its next step.</summary>
    public bool IsAborted => _isAborted;

    public ReadOnlySpan<int> ComputedTokens => Tokens.Span[..Computed];

    public void Abort() => _isAborted = true;

    /// <summary>Whether this one goes first: higher priority, then earlier arrival.</summary>
    public bool IsBefore(Generation other) =>
        plan.Priority != other.Plan.Priority ? plan.Priority > other.Plan.Priority : Arrival < other.Arrival;

    public TokenUsage Usage(bool stopped) => new()
    {
        PromptTokens = plan.PromptTokenIds.Length,
        CompletionTokens = Generated + (stopped ? 1 : 0),
        CachedPromptTokens = CachedPromptTokens ?? 0,
    };
}

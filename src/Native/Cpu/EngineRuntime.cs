using System.Reflection;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Model;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu;

/// <summary>Everything a session runs on, put together from a checkpoint and taken apart in the opposite order.</summary>
/// <remarks>The checkpoint must outlive it.</remarks>
internal sealed class EngineRuntime : IDisposable
{
    private readonly Stack<IDisposable> _parts = [];
    private readonly LlamaConfig _config;
    private readonly Scheduler _scheduler;
    private readonly string _device;

    public EngineRuntime(LlamaCheckpoint checkpoint, CpuSessionOptions options)
    {
        _config = checkpoint.Config;
        ModelRequirements.Check(checkpoint, options);
        try
        {
            var threadCount = options.ThreadCount ?? Environment.ProcessorCount;
            var kernels = options.Kernels ?? KernelSet.Best;
            _device = $"{Processor.Name}, {threadCount} {(threadCount == 1 ? "thread" : "threads")}, {kernels.Name}";

            var layout = new KvLayout(_config.LayerCount, _config.KvHeadCount, _config.HeadSize);
            var capacity = KvCapacity.Of(_config, options, layout);
            var weights = Keep(new LlamaWeights(checkpoint, options.Int8OutputHead));
            Limits = new EngineLimits(
                capacity.ContextLength, options.MaxConcurrentRequests, options.MaxQueuedRequests, PrefillTokens(weights.LinearWeights));

            var cache = Keep(new PagedKvCache(layout, capacity.Pages));
            var threads = Keep(new ComputeThreads(threadCount));
            var forward = Keep(new LlamaForward(_config, weights, layout, threads, kernels, options.Numerics, Limits));
            var engine = new Engine(forward, cache, new Sampler(_config.VocabularySize), new LogProbabilities(_config.VocabularySize), Limits);
            _scheduler = Keep(new Scheduler(engine, Limits, options.StepStarting));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public EngineLimits Limits { get; }

    public IAsyncEnumerable<TokenDelta> Generate(GenerationPlan plan, CancellationToken cancellationToken) =>
        new TokenSequence(_scheduler, plan, cancellationToken);

    public ModelInfo Describe(string modelId)
    {
        var version = typeof(CpuSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return new ModelInfo
        {
            ModelId = modelId,
            VocabularySize = _config.VocabularySize,
            ContextLength = Limits.ContextLength,
            StopTokenIds = _config.EndOfSequenceTokenIds,
            EngineName = "cpu",
            EngineVersion = version ?? "unknown",
            Device = _device,
            Features = SessionFeatures.LogProbabilities | SessionFeatures.LogitBias | SessionFeatures.CacheSalt | SessionFeatures.Priority | GuideCompiler.Features,
        };
    }

    public void Dispose()
    {
        while (_parts.TryPop(out var part))
        {
            part.Dispose();
        }
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }

    // A step of about 8 billion multiplications: some 60 ms on two cores, and enough tokens to share the decoding of weights.
    private static int PrefillTokens(long linearWeights) => (int)long.Clamp(8_000_000_000 / linearWeights, 32, 256);
}

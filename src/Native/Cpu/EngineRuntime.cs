using System.Reflection;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Model;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Cpu;

/// <summary>Everything a session runs on, put together from a checkpoint and taken apart in the opposite order.</summary>
/// <remarks>The checkpoint must outlive it.</remarks>
internal sealed class EngineRuntime : IDisposable
{
    private readonly Stack<IDisposable> _parts = [];
    private readonly Scheduler _scheduler;

    public EngineRuntime(LlamaCheckpoint checkpoint, CpuSessionOptions options)
    {
        var config = checkpoint.Config;
        ModelRequirements.Check(checkpoint, options);
        try
        {
            var threadCount = options.ThreadCount ?? Environment.ProcessorCount;
            var kernels = options.Kernels ?? KernelSet.Best;
            var device = $"{Processor.Name}, {threadCount} {(threadCount == 1 ? "thread" : "threads")}, {kernels.Name}";

            var layout = new KvLayout(config.LayerCount, config.KvHeadCount, config.HeadSize, options.KvCacheType);
            var capacity = KvCapacity.Of(config, options, layout);
            var weights = Keep(new LlamaWeights(checkpoint, options.Int8OutputHead));
            Limits = new EngineLimits(
                capacity.ContextLength, options.MaxConcurrentRequests, options.MaxQueuedRequests, options.PrefillTokens ?? PrefillTokens(weights.LinearWeights));

            var cache = Keep(new PagedKvCache(layout, capacity.Pages));
            var threads = Keep(new ComputeThreads(threadCount, options.PinThreads ? ThreadAffinity.AllowedProcessors() : []));
            var forward = Keep(new LlamaForward(config, weights, layout, threads, kernels, options.Numerics, Limits));
            Model = Describe(config, options.ModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(checkpoint.DirectoryPath)), device);

            var telemetry = Keep(new SessionTelemetry(Model.ModelId, Model.EngineName));
            var pace = options.PrefillTokens is null ? new PrefillPace(Limits.PrefillTokens, Limits.Concurrent) : null;
            var engine = new Engine(forward, cache, new Sampler(config.VocabularySize), new LogProbabilities(config.VocabularySize), Limits, telemetry, pace);
            _scheduler = Keep(new Scheduler(engine, Limits, telemetry, options.StepStarting));
            telemetry.Observe(() => LoadOf(_scheduler, cache));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public EngineLimits Limits { get; }

    public ModelInfo Model { get; }

    public SessionHealth Health
    {
        get
        {
            var (waiting, running) = _scheduler.Load;
            return new SessionHealth
            {
                IsUsable = true,
                HasRoom = waiting - (Limits.Concurrent - running) < Limits.Queued,
                Description = $"{running} of at most {Limits.Concurrent} requests running, {waiting} of at most {Limits.Queued} waiting",
            };
        }
    }

    public IAsyncEnumerable<TokenDelta> Generate(GenerationPlan plan, CancellationToken cancellationToken) =>
        new TokenSequence(_scheduler, plan, cancellationToken);

    public void Dispose()
    {
        while (_parts.TryPop(out var part))
        {
            part.Dispose();
        }
    }

    private ModelInfo Describe(LlamaConfig config, string modelId, string device)
    {
        var version = typeof(CpuSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return new ModelInfo
        {
            ModelId = modelId,
            VocabularySize = config.VocabularySize,
            ContextLength = Limits.ContextLength,
            StopTokenIds = config.EndOfSequenceTokenIds,
            EngineName = "cpu",
            EngineVersion = version ?? "unknown",
            Device = device,
            Features = SessionFeatures.LogProbabilities | SessionFeatures.LogitBias | SessionFeatures.CacheSalt | SessionFeatures.Priority | GuideCompiler.Features,
        };
    }

    private static EngineLoad LoadOf(Scheduler scheduler, PagedKvCache cache)
    {
        var (waiting, running) = scheduler.Load;
        return new EngineLoad(waiting, running, cache.Usage, cache.Filled);
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

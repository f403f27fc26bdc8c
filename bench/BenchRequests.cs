using System.Diagnostics;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Bench;

/// <summary>Sends requests with random prompts, each under a cache salt of its own, and measures them.</summary>
internal sealed class BenchRequests(EngineRuntime runtime, LlamaConfig config)
{
    private readonly ModelInfo _model = runtime.Model;
    private int _sent;

    public async Task<Measurement> MeasureAsync(int promptTokens, int newTokens)
    {
        var plan = Plan(++_sent, promptTokens, newTokens, null);
        var processorTime = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        await foreach (var delta in runtime.Generate(plan, CancellationToken.None))
        {
            GC.KeepAlive(delta);
        }

        return new Measurement(
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            (Environment.CpuUsage.TotalTime - processorTime).TotalSeconds,
            GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    /// <summary>FNV-1a over the likeliest tokens of a short greedy answer and their log probabilities: changes with the last bit of a logit.</summary>
    public async Task<ulong> HashAsync()
    {
        var hash = 14695981039346656037UL;
        await foreach (var delta in runtime.Generate(Plan(0, 48, 16, 20), CancellationToken.None))
        {
            foreach (var entry in delta.LogProbabilities!.SelectMany(chosen => chosen.Alternatives))
            {
                hash = (hash ^ BitConverter.SingleToUInt32Bits(entry.LogProbability)) * 1099511628211;
                hash = (hash ^ (uint)entry.TokenId) * 1099511628211;
            }
        }

        return hash;
    }

    private GenerationPlan Plan(int seed, int promptTokens, int newTokens, int? logProbabilities)
    {
        var random = new Random(seed);
        var request = new GenerationRequest
        {
            PromptTokenIds = Enumerable.Range(0, promptTokens).Select(_ => random.Next(config.VocabularySize)).ToArray(),
            MaxNewTokens = newTokens,
            StopTokenIds = [],
            Sampling = new SamplingParameters { Temperature = 0 },
            LogProbabilities = logProbabilities,
            CacheSalt = Guid.NewGuid().ToString(),
        };
        return GenerationPlan.Create(request, _model, config);
    }
}

/// <summary>One request, from sending it to its end.</summary>
internal sealed record Measurement(double Seconds, double ProcessorSeconds, double AllocatedBytes);

using System.Diagnostics;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Bench.Engine;

/// <summary>Sends requests with random prompts, each under a cache salt of its own, and measures them.</summary>
internal sealed class EngineRequests : IDisposable
{
    private readonly LlamaConfig _config;
    private readonly EngineRuntime _runtime;
    private int _sent;
    private int _step;
    private int _firstCounted;
    private int _lastCounted;
    private long _allocated;

    public EngineRequests(LlamaCheckpoint checkpoint, CpuSessionOptions options)
    {
        options.StepStarting = CountAllocation;
        _config = checkpoint.Config;
        _runtime = new EngineRuntime(checkpoint, options);
    }

    public string Device => _runtime.Model.Device;

    /// <summary>Runs requests at once. They are timed whole, so that it does not matter when the reader of the tokens gets a processor.</summary>
    public async Task<Measurement> MeasureAsync(int streams, int promptTokens, int newTokens)
    {
        // The middle of the answer: what a request costs once is not what a token costs.
        (_step, _firstCounted, _lastCounted) = (0, newTokens / 4, newTokens - (newTokens / 8));
        var plans = Enumerable.Range(0, streams).Select(_ => Plan(++_sent, promptTokens, newTokens, null)).ToList();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(plans.Select(DrainAsync));
        return new Measurement(Stopwatch.GetElapsedTime(start).TotalSeconds, (double)_allocated / (_lastCounted - _firstCounted) / streams);
    }

    /// <summary>FNV-1a over the likeliest tokens of a short greedy answer and their log probabilities: changes with the last bit of a logit.</summary>
    public async Task<ulong> HashAsync()
    {
        var hash = 14695981039346656037UL;
        await foreach (var delta in _runtime.Generate(Plan(0, 48, 16, 20), CancellationToken.None))
        {
            foreach (var entry in delta.LogProbabilities!.SelectMany(chosen => chosen.Alternatives))
            {
                hash = (hash ^ BitConverter.SingleToUInt32Bits(entry.LogProbability)) * 1099511628211;
                hash = (hash ^ (uint)entry.TokenId) * 1099511628211;
            }
        }

        return hash;
    }

    public void Dispose() => _runtime.Dispose();

    private async Task DrainAsync(GenerationPlan plan)
    {
        await foreach (var delta in _runtime.Generate(plan, CancellationToken.None))
        {
            GC.KeepAlive(delta.TokenIds.Length);
        }
    }

    private void CountAllocation()
    {
        if (_step == _firstCounted)
        {
            _allocated = -GC.GetTotalAllocatedBytes(precise: true);
        }
        else if (_step == _lastCounted)
        {
            _allocated += GC.GetTotalAllocatedBytes(precise: true);
        }

        _step++;
    }

    private GenerationPlan Plan(int seed, int promptTokens, int newTokens, int? logProbabilities)
    {
        var random = new Random(seed);
        var request = new GenerationRequest
        {
            PromptTokenIds = Enumerable.Range(0, promptTokens).Select(_ => random.Next(_config.VocabularySize)).ToArray(),
            MaxNewTokens = newTokens,
            StopTokenIds = [],
            Sampling = new SamplingParameters { Temperature = 0 },
            LogProbabilities = logProbabilities,
            CacheSalt = Guid.NewGuid().ToString(),
        };
        return GenerationPlan.Create(request, _runtime.Model, _config);
    }
}

/// <summary>Requests run at once, from sending them to their end.</summary>
/// <param name="Seconds">Until all have ended.</param>
/// <param name="AllocatedPerToken">Bytes of garbage for each generated token, by the whole process, in the middle of the answers.</param>
internal sealed record Measurement(double Seconds, double AllocatedPerToken);

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
    private readonly List<long> _stepStarts = new(8192);
    private int _sent;
    private int _step;
    private int _firstCounted;
    private int _lastCounted;
    private long _allocated;

    public EngineRequests(LlamaCheckpoint checkpoint, CpuSessionOptions options)
    {
        options.StepStarting = OnStep;
        _config = checkpoint.Config;
        _runtime = new EngineRuntime(checkpoint, options);
    }

    public string Device => _runtime.Model.Device;

    /// <summary>Runs requests at once. They are timed whole, so that it does not matter when the reader of the tokens gets a processor.</summary>
    public async Task<Measurement> MeasureAsync(int streams, int promptTokens, int newTokens)
    {
        // The middle of the answer: what a request costs once is not what a token costs.
        _stepStarts.Clear();
        (_step, _firstCounted, _lastCounted) = (0, newTokens / 4, newTokens - (newTokens / 8));
        var plans = Enumerable.Range(0, streams).Select(_ => Plan(++_sent, promptTokens, newTokens, null)).ToList();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(plans.Select(DrainAsync));
        return new Measurement(Stopwatch.GetElapsedTime(start).TotalSeconds, (double)_allocated / (_lastCounted - _firstCounted) / streams);
    }

    /// <summary>Measures the steps of a running stream, alone and then while a long prompt is read beside it.</summary>
    public async Task<Pace> MeasurePaceAsync(int promptTokens)
    {
        const int alone = 48;
        var limit = int.Min(_config.ContextLength - 1, promptTokens + (4 * alone));
        async Task DrawAsync(IAsyncEnumerator<TokenDelta> stream)
        {
            for (var tokens = 0; tokens < alone; tokens += stream.Current.TokenIds.Length)
            {
                await stream.MoveNextAsync();
            }
        }

        await using var stream = _runtime.Generate(Plan(++_sent, 1, limit, null), CancellationToken.None).GetAsyncEnumerator();
        _stepStarts.Clear();
        await DrawAsync(stream);
        var first = _stepStarts.Count;
        await DrainAsync(Plan(++_sent, promptTokens, 1, null));
        var last = _stepStarts.Count;
        await stream.MoveNextAsync();
        await DrawAsync(stream);
        var end = _stepStarts.Count;

        // By index: the stream goes on, and adds to the list. Its steps grow with its context; it is alone at both ends of it.
        var seconds = Enumerable.Range(0, end - 1).Select(step => Stopwatch.GetElapsedTime(_stepStarts[step], _stepStarts[step + 1]).TotalSeconds).ToList();
        var beside = seconds[first..(last - 1)];
        return new Pace(
            promptTokens, last - first, (Quantile(seconds[(alone / 4)..(first - 1)], 0.5) + Quantile(seconds[last..], 0.5)) / 2, Quantile(beside, 0.5), Quantile(beside, 0.95));
    }

    /// <summary>FNV-1a over the likeliest tokens of a short greedy answer and their log probabilities: changes when one of these does.</summary>
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
        var tokens = 0;
        await foreach (var delta in _runtime.Generate(plan, CancellationToken.None))
        {
            tokens += delta.TokenIds.Length;
        }

        Debug.Assert(tokens == plan.MaxNewTokens, "The answers have no stop tokens.");
    }

    private static double Quantile(List<double> values, double quantile) => values.Order().ElementAt((int)(values.Count * quantile));

    private void OnStep()
    {
        _stepStarts.Add(Stopwatch.GetTimestamp());
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

/// <summary>What a running stream feels of a long prompt beside it.</summary>
/// <param name="PromptTokens">Length of the prompt.</param>
/// <param name="Steps">Steps in which it was read; the stream got a token in each.</param>
/// <param name="Alone">Seconds between two tokens of the stream without it: the mean of the medians before and after.</param>
/// <param name="Beside">Median seconds while it was read.</param>
/// <param name="BesideSlow">95th percentile.</param>
internal sealed record Pace(int PromptTokens, int Steps, double Alone, double Beside, double BesideSlow);

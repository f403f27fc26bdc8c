using System.Diagnostics;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Model;

namespace LlamaFp4.Bench.Engine;

/// <summary>Measures the CPU engine with token ids, below tokenizer and chat, and sets beside each figure what the machine could do at most.</summary>
internal static class EngineBench
{
    // A short measurement is repeated until it has had this long, a long one is done once.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(EngineOptions options)
    {
        var directory = options.Directory ?? options.Shape.WriteOnce();
        var load = TimeLoad(directory, options);
        using var checkpoint = LlamaCheckpoint.Open(directory);
        var memory = await MemoryReading.TakeAsync(checkpoint, options);
        var (bytes, operations) = WorkOf(checkpoint, options.Int8Head);
        var limits = options.Threads.Select(MachineLimits.Measure).ToList();
        var rows = new List<EngineRow>();
        var (machine, hash) = ("", 0UL);
        Pace? pace = null;
        foreach (var limit in limits)
        {
            using var requests = new EngineRequests(checkpoint, SessionOptions(options, options.Numerics, limit.Threads));
            (machine, hash) = (requests.Device, await requests.HashAsync());
            rows.Add(await PrefillAsync(requests, options, limit, operations));
            foreach (var streams in options.Streams)
            {
                rows.Add(await DecodeAsync(requests, options, options.Numerics, limit, streams, bytes, operations));
            }

            if (limit == limits[^1] && options.Streams.Max() > 1)
            {
                pace = await requests.MeasurePaceAsync(options.Shape.LongPromptTokens);
            }
        }

        if (options.Numerics == CpuNumerics.Fast)
        {
            using var exact = new EngineRequests(checkpoint, SessionOptions(options, CpuNumerics.Exact, limits[^1].Threads));
            rows.Add(await DecodeAsync(exact, options, CpuNumerics.Exact, limits[^1], 1, WorkOf(checkpoint, int8Head: false).Bytes, operations));
        }

        var report = new EngineReport
        {
            Model = options.Directory ?? options.Shape.Name,
            Machine = machine,
            KvCache = options.KvCacheType.ToString(),
            LogitsHash = hash.ToString("x16", null),
            CheckpointBytes = checkpoint.TotalBytes,
            WeightBytesPerToken = bytes,
            OperationsPerToken = operations,
            LoadSeconds = load,
            Limits = limits,
            Rows = rows,
            Memory = memory,
            Pace = pace,
        };
        Console.WriteLine(options.AsJson ? report.ToJson() : report.ToTable());
    }

    // The first opening brings the file into the page cache and compiles the code.
    private static double TimeLoad(string directory, EngineOptions options)
    {
        var seconds = 0.0;
        for (var pass = 0; pass < 2; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            using var checkpoint = LlamaCheckpoint.Open(directory);
            using var runtime = new EngineRuntime(checkpoint, SessionOptions(options, options.Numerics, options.Threads.Max()));
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return seconds;
    }

    private static (long Bytes, long Operations) WorkOf(LlamaCheckpoint checkpoint, bool int8Head)
    {
        using var weights = new LlamaWeights(checkpoint, int8Head);
        return (weights.BytesPerToken, 2 * weights.LinearWeights);
    }

    private static CpuSessionOptions SessionOptions(EngineOptions options, CpuNumerics numerics, int threads)
    {
        var streams = options.Streams.Max();

        // As much as one measurement needs, so that the second takes the pages of the first.
        var pages = int.Max(Pages(int.Max(Prompt(options), 2 * options.Shape.LongPromptTokens) + 1), streams * Pages(New(options) + 1));
        return new CpuSessionOptions
        {
            Numerics = numerics,
            Int8OutputHead = numerics == CpuNumerics.Fast && options.Int8Head,
            ThreadCount = threads,
            PinThreads = options.PinThreads,
            MaxConcurrentRequests = streams,
            KvCacheTokens = (pages + streams) * 32,
            KvCacheType = numerics == CpuNumerics.Exact ? CpuKvCacheType.SixteenBit : options.KvCacheType,
        };
    }

    private static async Task<EngineRow> PrefillAsync(EngineRequests requests, EngineOptions options, MachineLimits limit, long operations)
    {
        var tokens = Prompt(options);
        var median = await MedianAsync(() => requests.MeasureAsync(1, tokens, 1));
        var (bound, name) = Compute(limit, operations);
        return new EngineRow("prefill", options.Numerics, limit.Threads, 1, tokens, tokens / median.Seconds, bound, name, 0);
    }

    private static async Task<EngineRow> DecodeAsync(
        EngineRequests requests, EngineOptions options, CpuNumerics numerics, MachineLimits limit, int streams, long bytes, long operations)
    {
        var tokens = New(options);
        var median = await MedianAsync(() => requests.MeasureAsync(streams, 1, tokens));
        var read = streams * limit.ReadBytesPerSecond / bytes;
        var (compute, name) = Compute(limit, operations);
        return new EngineRow(
            "decode", numerics, limit.Threads, streams, tokens, streams * tokens / median.Seconds, double.Min(read, compute), read < compute ? "reading" : name, median.AllocatedPerToken);
    }

    private static (double TokensPerSecond, string Name) Compute(MachineLimits limit, long operations) =>
        limit.Int8OperationsPerSecond > limit.FloatOperationsPerSecond
            ? (limit.Int8OperationsPerSecond / operations, "int8")
            : (limit.FloatOperationsPerSecond / operations, "float32");

    private static async Task<Measurement> MedianAsync(Func<Task<Measurement>> measure)
    {
        var start = Stopwatch.GetTimestamp();
        var runs = new List<Measurement>();
        do
        {
            runs.Add(await measure());
        }
        while (runs.Count < 9 && Stopwatch.GetElapsedTime(start) < LongEnough);

        // The first compiled the code and filled the cache.
        return runs.Skip(runs.Count > 1 ? 1 : 0).OrderBy(run => run.Seconds).ElementAt((runs.Count - 1) / 2);
    }

    private static int Prompt(EngineOptions options) => options.PromptTokens ?? options.Shape.PromptTokens;

    private static int New(EngineOptions options) => options.NewTokens ?? options.Shape.NewTokens;

    private static int Pages(int tokens) => Native.Cpu.KvCache.PagedKvCache.PagesFor(tokens);
}

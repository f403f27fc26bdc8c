using System.Diagnostics;
using System.Globalization;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Model;

namespace LlamaFp4.Bench;

/// <summary>Measures the CPU engine with token ids, below tokenizer and chat.</summary>
internal static class EngineBench
{
    public static async Task RunAsync(BenchOptions options)
    {
        var directory = options.Directory ?? WriteRandom(options);
        using var checkpoint = Time("load (open and check)", () => LlamaCheckpoint.Open(directory));
        long bytesPerToken;
        using (var weights = new LlamaWeights(checkpoint))
        {
            bytesPerToken = weights.BytesPerToken;
        }

        Print($"checkpoint {checkpoint.TotalBytes / 1e6:F0} MB, {bytesPerToken / 1e6:F1} MB read per token, {options.Numerics}");
        foreach (var threads in options.Threads.Distinct())
        {
            await RunAsync(options, checkpoint, threads, bytesPerToken);
        }

        Print($"resident {Process.GetCurrentProcess().WorkingSet64 / 1e6:F0} MB, managed heap {GC.GetTotalMemory(false) / 1e6:F1} MB");
    }

    private static async Task RunAsync(BenchOptions options, LlamaCheckpoint checkpoint, int threads, long bytesPerToken)
    {
        using var runtime = new EngineRuntime(checkpoint, new CpuSessionOptions { ThreadCount = threads, Numerics = options.Numerics });
        var requests = new BenchRequests(runtime, checkpoint.Config);
        var hash = await requests.HashAsync();

        // Whole requests are timed, so that it does not matter when the reader of the tokens gets a processor.
        var prefill = await MedianAsync(() => requests.MeasureAsync(options.PromptTokens, 1));
        var decode = await MedianAsync(() => requests.MeasureAsync(1, options.NewTokens));
        var decodeRate = options.NewTokens / decode.Seconds;

        Print($"{runtime.Model.Device}: prefill {options.PromptTokens / prefill.Seconds:F0} tok/s, decode {decodeRate:F1} tok/s, logits {hash:x16}");
        Print($"  decode reads {decodeRate * bytesPerToken / 1e9:F1} of {MemoryBandwidth.Measure(threads):F1} GB/s, allocates {decode.AllocatedBytes / options.NewTokens:F0} B per token");
        Print($"  processor time per token: prefill {prefill.ProcessorSeconds / options.PromptTokens * 1e6:F0} µs, decode {decode.ProcessorSeconds / options.NewTokens * 1e6:F0} µs");
    }

    private static async Task<Measurement> MedianAsync(Func<Task<Measurement>> measure)
    {
        await measure();
        var runs = new List<Measurement>();
        for (var run = 0; run < 5; run++)
        {
            runs.Add(await measure());
        }

        return runs.OrderBy(run => run.Seconds).ElementAt(runs.Count / 2);
    }

    private static string WriteRandom(BenchOptions options)
    {
        var shape = options.Shape;
        var directory = Path.Combine(
            Path.GetTempPath(), $"llamafp4-bench-{shape.LayerCount}x{shape.HiddenSize}-{shape.VocabularySize}");
        if (!File.Exists(Path.Combine(directory, "written")))
        {
            Time("write random checkpoint", () =>
            {
                shape.Write(directory);
                File.WriteAllText(Path.Combine(directory, "written"), "");
                return true;
            });
        }

        return directory;
    }

    private static T Time<T>(string what, Func<T> action)
    {
        var start = Stopwatch.GetTimestamp();
        var result = action();
        Print($"{what}: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        return result;
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

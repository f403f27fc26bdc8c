using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Bench.Wire;

/// <summary>Measures what a token costs between a server and the session's consumer, per wire format and number of streams.</summary>
internal static class WireBench
{
    private const int TimedMessages = 60;

    // Until the runtime has compiled what is called often for good.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(WireOptions options)
    {
        // The stand-ins write to the same loopback interface, so the latency pass must not wait for threads.
        ThreadPool.SetMinThreads(32, 32);
        Console.WriteLine($"{Processor.Name}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}. CPU, bytes and memory are the client's; stand-ins are processes of their own.");
        if (options.SoakMinutes is { } minutes)
        {
            await SoakAsync(options.Paths[0], options.Streams.Max(), TimeSpan.FromMinutes(minutes));
            return;
        }

        Console.WriteLine();
        Console.WriteLine("| path | streams | tokens/s | CPU µs/token | tokens/CPU s | allocated B/token | memory MB | latency p50 µs | p99 µs |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        List<WireCost> costs = [];
        foreach (var path in options.Paths)
        {
            foreach (var streams in options.Streams)
            {
                var cost = await MeasureAsync(path, streams, options.Tokens);
                costs.Add(cost);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {cost.Path} | {cost.Streams} | {cost.TokensPerSecond:N0} | {cost.CpuMicrosecondsPerToken:F2} | {cost.TokensPerCpuSecond:N0} | {cost.BytesPerToken:F0} | {cost.MemoryMegabytes:F0} | {cost.MedianLatencyMicroseconds:F0} | {cost.HighLatencyMicroseconds:F0} |"));
            }
        }

        PrintRatios(costs);
    }

    private static async Task<WireCost> MeasureAsync(string path, int streams, int tokens)
    {
        // An answer of ordinary length: at most what the pocket model's context holds.
        var perStream = Math.Clamp(tokens / streams, 500, 2000);
        var rounds = Math.Max(1, tokens / (streams * perStream));
        double seconds, processorTime, allocated;
        using (var server = await StandInProcess.StartAsync(path, isPaced: false))
        using (var client = await WireClient.ConnectAsync(path, server.Endpoint, streams))
        {
            await WarmUpAsync(client, streams);
            (seconds, processorTime, allocated) = await CostAsync(() => ReadAsync(client, streams, perStream, rounds, null));
        }

        List<double> latencies = path == "frames" ? [double.NaN] : await LatenciesAsync(path, streams);
        var total = (double)streams * perStream * rounds;
        return new WireCost(
            path, streams, total / seconds, processorTime * 1e6 / total, allocated / total, Environment.WorkingSet / 1e6, latencies[latencies.Count / 2], latencies[latencies.Count * 99 / 100]);
    }

    private static async Task<List<double>> LatenciesAsync(string path, int streams)
    {
        using var pacedServer = await StandInProcess.StartAsync(path, isPaced: true);
        using var pacedClient = await WireClient.ConnectAsync(path, pacedServer.Endpoint, streams);
        await ReadAsync(pacedClient, streams, 4, 1, []);
        List<double> latencies = [];
        await ReadAsync(pacedClient, streams, path == "openai" ? TimedMessages : 2 * TimedMessages, 1, latencies);
        latencies.Sort();
        return latencies;
    }

    private static async Task WarmUpAsync(WireClient client, int streams)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            await ReadAsync(client, streams, 200, 1, null);
        }
    }

    private static async Task<(double Seconds, double ProcessorTime, double Allocated)> CostAsync(Func<Task> run)
    {
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var processorTime = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await run();
        return (
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            (Environment.CpuUsage.TotalTime - processorTime).TotalSeconds,
            GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    private static Task ReadAsync(WireClient client, int streams, int tokens, int rounds, List<double>? latencies) => Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(async () =>
    {
        var own = latencies is null ? null : new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var count = await client.ReadAsync(tokens, own);
            if (count != tokens)
            {
                throw new InvalidOperationException($"{count} tokens came of {tokens}.");
            }
        }

        if (own is not null)
        {
            lock (latencies!)
            {
                latencies.AddRange(own);
            }
        }
    })));

    private static async Task SoakAsync(string path, int streams, TimeSpan duration)
    {
        using var server = await StandInProcess.StartAsync(path, isPaced: false);
        using var client = await WireClient.ConnectAsync(path, server.Endpoint, streams);
        var start = Stopwatch.GetTimestamp();
        for (var minute = 0; minute <= duration.TotalMinutes; minute++)
        {
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(minute))
            {
                await ReadAsync(client, streams, 200, 1, null);
            }

            GC.Collect();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}, {streams} streams, minute {minute}: heap {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F1} MB, working set {Environment.WorkingSet / 1e6:F0} MB"));
        }
    }

    private static void PrintRatios(List<WireCost> costs)
    {
        foreach (var cost in costs.Where(cost => cost.Path != "openai"))
        {
            if (costs.Find(other => other.Path == "openai" && other.Streams == cost.Streams) is { } openAI)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cost.Path}, {cost.Streams} streams: {cost.TokensPerCpuSecond / openAI.TokensPerCpuSecond:F1} times the OpenAI client's tokens per CPU-second"));
            }
        }
    }
}

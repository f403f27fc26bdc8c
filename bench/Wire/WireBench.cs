using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Bench.Wire;

/// <summary>Measures what a token costs between a server and the session's consumer, per wire format and number of streams.</summary>
internal static class WireBench
{
    // The same for all numbers of streams: what a request costs is shared by its tokens. With the prompt they fit the pocket model's context of 4,096.
    private const int AnswerLength = 1000;

    // The median of them counts.
    private const int FloodRounds = 5;

    // One second, and four.
    private const int PacedWarmUp = 50;
    private const int PacedMessages = 200;

    // Methods compiled in a second: what is called often has its final code when they are fewer.
    private const int QuietCompiler = 10;

    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(WireOptions options)
    {
        Console.WriteLine($"{Processor.Name}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}. CPU, bytes and memory are the client's; stand-ins are processes of their own.");
        if (options.SoakMinutes is { } minutes)
        {
            await SoakAsync(options.Paths[0], options.Streams.Max(), TimeSpan.FromMinutes(minutes));
            return;
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Paced: one message per stream every {EngineSteps.Pause.TotalMilliseconds} ms, two tokens to a message of a session."));
        Console.WriteLine("| path | streams | tokens/s | tokens per wait | CPU µs/token | tokens/CPU s | allocated B/token | memory MB | paced: CPU µs/message | latency p50 µs | p99 µs |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        List<WireCost> costs = [];
        foreach (var path in options.Paths)
        {
            foreach (var streams in options.Streams)
            {
                var cost = new WireCost(path, streams, await FloodAsync(path, streams, options.Tokens), await PaceAsync(path, streams));
                costs.Add(cost);
                Print(cost);
            }
        }

        PrintRatios(costs);
    }

    private static async Task<FloodCost> FloodAsync(string path, int streams, int tokens)
    {
        var rounds = Math.Max(1, tokens / (streams * AnswerLength));
        using var server = await StandInProcess.StartAsync(path, isPaced: false);
        using var client = await WireClient.ConnectAsync(path, server.Endpoint, streams, tokensPerMessage: 1);
        await WarmUpAsync(() => ReadAsync(client, streams, AnswerLength, 1, null));
        var total = streams * AnswerLength * rounds;
        List<FloodCost> costs = [];
        for (var round = 0; round < FloodRounds; round++)
        {
            var (seconds, processorTime, allocated, waits) = await CostAsync(() => ReadAsync(client, streams, AnswerLength, rounds, null));
            costs.Add(new FloodCost(total / seconds, (double)total / waits, processorTime * 1e6 / total, allocated / total, Environment.WorkingSet / 1e6));
        }

        return costs.OrderBy(cost => cost.CpuMicroseconds).ElementAt(FloodRounds / 2);
    }

    private static async Task<PacedCost> PaceAsync(string path, int streams)
    {
        using var server = await StandInProcess.StartAsync(path, isPaced: true);
        using var client = await WireClient.ConnectAsync(path, server.Endpoint, streams, StandInProcess.PacedTokensPerMessage);
        await WarmUpAsync(() => ReadAsync(client, streams, PacedWarmUp, 1, []));
        List<double> latencies = [];
        var (_, processorTime, _, _) = await CostAsync(() => ReadAsync(client, streams, PacedMessages, 1, latencies));
        latencies.Sort();
        return new PacedCost(
            processorTime * 1e6 / (streams * PacedMessages), latencies.ElementAtOrDefault(latencies.Count / 2), latencies.ElementAtOrDefault(latencies.Count * 99 / 100));
    }

    private static async Task WarmUpAsync(Func<Task> run)
    {
        var start = Stopwatch.GetTimestamp();
        long compiled;
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            for (var second = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(second) < TimeSpan.FromSeconds(1);)
            {
                await run();
            }
        }
        while (JitInfo.GetCompiledMethodCount() - compiled >= QuietCompiler && Stopwatch.GetElapsedTime(start) < LongestWarmUp);
    }

    private static async Task<(double Seconds, double ProcessorTime, double Allocated, int Waits)> CostAsync(Func<Task<int>> run)
    {
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var processorTime = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var waits = await run();
        return (
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            (Environment.CpuUsage.TotalTime - processorTime).TotalSeconds,
            GC.GetTotalAllocatedBytes(precise: true) - allocated,
            waits);
    }

    private static async Task<int> ReadAsync(WireClient client, int streams, int messages, int rounds, List<double>? latencies) =>
        (await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(() => ReadRoundsAsync(client, messages, rounds, latencies))))).Sum();

    private static async Task<int> ReadRoundsAsync(WireClient client, int messages, int rounds, List<double>? latencies)
    {
        var own = latencies is null ? null : new List<double>();
        var waits = 0;
        for (var round = 0; round < rounds; round++)
        {
            var read = await client.ReadAsync(messages, own);
            waits += read.Waits;
            if (read.Messages != messages)
            {
                throw new InvalidOperationException($"{read.Messages} messages came of {messages}.");
            }
        }

        if (own is not null)
        {
            lock (latencies!)
            {
                latencies.AddRange(own);
            }
        }

        return waits;
    }

    private static async Task SoakAsync(string path, int streams, TimeSpan duration)
    {
        using var server = await StandInProcess.StartAsync(path, isPaced: false);
        using var client = await WireClient.ConnectAsync(path, server.Endpoint, streams, tokensPerMessage: 1);
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

    private static void Print(WireCost cost)
    {
        var (flood, paced) = (cost.Flood, cost.Paced);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {cost.Path} | {cost.Streams} | {flood.TokensPerSecond:N0} | {flood.TokensPerWait:F0} | {flood.CpuMicroseconds:F2} | {flood.TokensPerCpuSecond:N0} | {flood.AllocatedBytes:F0} | {flood.MemoryMegabytes:F0} | {paced.CpuMicroseconds:F1} | {paced.MedianLatencyMicroseconds:#} | {paced.HighLatencyMicroseconds:#} |"));
    }

    private static void PrintRatios(List<WireCost> costs)
    {
        foreach (var cost in costs.Where(cost => cost.Path != "openai"))
        {
            if (costs.Find(other => other.Path == "openai" && other.Streams == cost.Streams) is { } openAI)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cost.Path}, {cost.Streams} streams: {openAI.Flood.CpuMicroseconds / cost.Flood.CpuMicroseconds:F1} times the OpenAI client's tokens per CPU-second; paced, {openAI.Paced.CpuMicroseconds / cost.Paced.CpuMicroseconds:F1} times its messages"));
            }
        }
    }
}

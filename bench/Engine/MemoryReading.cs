using System.Diagnostics;
using System.Globalization;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Bench.Engine;

/// <summary>Memory of the process with every weight read and one context full.</summary>
/// <param name="ContextTokens">Length of the context.</param>
/// <param name="ResidentBytes">Memory that is resident.</param>
/// <param name="FileBytes">The part that is mapped files, and shared with every other process that maps them.</param>
/// <param name="KvBytes">The part that is keys and values.</param>
/// <param name="ManagedBytes">The part that is the garbage-collected heap.</param>
internal sealed record MemoryReading(int ContextTokens, long ResidentBytes, long FileBytes, long KvBytes, long ManagedBytes)
{
    private const int UsualContext = 4096;

    public static async Task<MemoryReading> TakeAsync(LlamaCheckpoint checkpoint, EngineOptions options)
    {
        var config = checkpoint.Config;
        var context = int.Min(UsualContext, config.ContextLength);
        var session = new CpuSessionOptions
        {
            Numerics = options.Numerics,
            Int8OutputHead = options.Int8Head,
            KvCacheType = options.KvCacheType,
            ThreadCount = options.Threads.Max(),
            ContextLength = context,
            MaxConcurrentRequests = 1,
            KvCacheTokens = context,
        };
        using var requests = new EngineRequests(checkpoint, session);
        await requests.MeasureAsync(1, 1, 2);

        // The engine holds one page of this already; the rest is taken as a full context would take it, without computing it.
        var layout = new KvLayout(config.LayerCount, config.KvHeadCount, config.HeadSize, options.KvCacheType);
        using var rest = new PagedKvCache(layout, PagedKvCache.PagesFor(context) - 1);
        using var sequence = new KvSequence(null, PagedKvCache.PagesFor(context));
        rest.TryReserve(sequence, context - KvLayout.PageTokens);
        return new MemoryReading(context, Resident(), Mapped(), layout.PageBytes * PagedKvCache.PagesFor(context), GC.GetTotalMemory(forceFullCollection: true));
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static long Mapped() => OperatingSystem.IsLinux()
        ? 1024 * long.Parse(
            File.ReadLines("/proc/self/status").Single(line => line.StartsWith("RssFile:", StringComparison.Ordinal)).Split([':', 'k'])[1],
            CultureInfo.InvariantCulture)
        : 0;
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Native.Cpu;

/// <summary>How many tokens the KV cache holds, and how long a single request may therefore be.</summary>
internal sealed record KvCapacity(int Pages, int ContextLength)
{
    public static KvCapacity Of(LlamaConfig config, CpuSessionOptions options, KvLayout layout)
    {
        var context = options.ContextLength ?? config.ContextLength;
        var pages = options.KvCacheTokens is { } tokens
            ? tokens / KvLayout.PageTokens
            : DefaultPages(context, options.MaxConcurrentRequests, layout);
        return new KvCapacity(pages, (int)long.Min(context, (long)pages * KvLayout.PageTokens));
    }

    private static int DefaultPages(int context, int requests, KvLayout layout)
    {
        var wanted = (long)PagedKvCache.PagesFor(context) * requests;
        var affordable = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 / layout.PageBytes;
        return (int)long.Max(1, long.Min(int.MaxValue / KvLayout.PageTokens, long.Min(wanted, affordable)));
    }
}

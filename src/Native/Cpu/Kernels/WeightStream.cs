using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Weights that a step reads once, one after the other: asks for their lines before they are needed.</summary>
internal static unsafe class WeightStream
{
    // Far enough to hide the memory's latency, near enough to stay in the first-level cache. Asking for every line keeps more of them on their way
    // than the hardware's own prefetching does while a kernel fills the processor with instructions.
    private const int Ahead = 6144;
    private const int Line = 64;

    /// <summary>Asks for the two lines that come so far behind <paramref name="weights"/>; there may be none, which asking does not mind.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchTwoLines(void* weights)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)weights + Ahead);
            Sse.Prefetch0((byte*)weights + Ahead + Line);
        }
    }

    /// <summary>Asks for four lines instead of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchFourLines(void* weights)
    {
        PrefetchTwoLines(weights);
        PrefetchTwoLines((byte*)weights + (2 * Line));
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The residual connection: x ← x + y.</summary>
internal static unsafe class Residual
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* x, float* y, int count, bool roundToBf16)
    {
        var i = 0;
        for (; i + Vector512<float>.Count <= count; i += Vector512<float>.Count)
        {
            var sum = Vector512.Load(x + i) + Vector512.Load(y + i);
            (roundToBf16 ? Bf16.Round(sum) : sum).Store(x + i);
        }

        for (; i < count; i++)
        {
            var sum = x[i] + y[i];
            x[i] = roundToBf16 ? Bf16.Round(sum) : sum;
        }
    }
}

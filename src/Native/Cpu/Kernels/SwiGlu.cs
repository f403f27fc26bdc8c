using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The gated activation: y = g / (1 + e⁻ᵍ) · u.</summary>
internal static unsafe class SwiGlu
{
    /// <summary>Works in whole vectors of 16; <paramref name="count"/> is a multiple of that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate(float* gate, float* up, int count, float* y)
    {
        for (var i = 0; i < count; i += Vector512<float>.Count)
        {
            var g = Vector512.Load(gate + i);
            (g / (Vector512<float>.One + Exponential.Of(-g)) * Vector512.Load(up + i)).Store(y + i);
        }
    }

    /// <summary>The exact mode: the exponential rounded to the nearest, the result to BF16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ActivateExact(float* gate, float* up, int count, float* y)
    {
        for (var i = 0; i < count; i += Vector512<float>.Count)
        {
            var g = Vector512.Load(gate + i);
            Bf16.Round(g / (Vector512<float>.One + Exponential.Precise(-g)) * Vector512.Load(up + i)).Store(y + i);
        }
    }

    /// <summary>The scalar twin.</summary>
    public static void ActivateScalar(float* gate, float* up, int count, float* y)
    {
        for (var i = 0; i < count; i++)
        {
            y[i] = gate[i] / (1 + (float)Math.Exp(-gate[i])) * up[i];
        }
    }
}

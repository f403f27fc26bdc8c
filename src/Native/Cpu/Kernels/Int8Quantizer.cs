using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Quantises activations to 8-bit integers, symmetric, per block of 16: scale = largest magnitude / 127.</summary>
internal static unsafe class Int8Quantizer
{
    // Below this the reciprocal would overflow; such a block adds nothing that float32 keeps beside any other.
    private const float Negligible = 1e-30f;

    public const float Largest = 127;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* values, int firstBlock, int blocks, byte* row)
    {
        for (var block = firstBlock; block < firstBlock + blocks; block++)
        {
            var x = Vector512.Load(values + ((long)block * ActivationPanel.BlockColumns));
            var largest = LargestMagnitude(x);
            var (scale, inverse) = ScaleOf(largest, Largest);
            var q = Vector512.ConvertToInt32(Vector512.Round(x * inverse));
            PanelBlock.Store(row, block, q, scale);
        }
    }

    public static void QuantizeScalar(float* values, int firstBlock, int blocks, byte* row)
    {
        Span<sbyte> integers = stackalloc sbyte[ActivationPanel.BlockColumns];
        for (var block = firstBlock; block < firstBlock + blocks; block++)
        {
            var x = new ReadOnlySpan<float>(values + ((long)block * ActivationPanel.BlockColumns), ActivationPanel.BlockColumns);
            var largest = 0f;
            foreach (var value in x)
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            var (scale, inverse) = ScaleOf(largest, Largest);
            for (var i = 0; i < x.Length; i++)
            {
                integers[i] = (sbyte)MathF.Round(x[i] * inverse, MidpointRounding.ToEven);
            }

            ActivationPanel.Store(row, block, integers, scale);
        }
    }

    /// <summary>The scale that takes a largest magnitude to a largest integer, and its reciprocal; both 0 for what is as good as zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Scale, float Inverse) ScaleOf(float largest, float integer) =>
        largest < Negligible ? (0, 0) : (largest / integer, integer / largest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestMagnitude(Vector512<float> values)
    {
        var magnitudes = Vector512.Abs(values);
        var eight = Vector256.Max(magnitudes.GetLower(), magnitudes.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two.ToScalar(), two.GetElement(1));
    }
}

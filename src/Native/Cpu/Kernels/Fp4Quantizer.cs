using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Quantises activations to E2M1 with an E4M3 scale per block of 16, as NVFP4 engines do (W4A4).</summary>
/// <remarks>The panel holds 2 · E2M1, an integer. <see cref="NvFp4Quantizer.QuantizeActivations"/> is the scalar reference.</remarks>
internal static unsafe class Fp4Quantizer
{
    private const float Sixth = 1 / E2M1.Largest;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* values, int firstBlock, int blocks, float inputScale, byte* row)
    {
        var globalScale = 1 / inputScale;
        for (var block = firstBlock; block < firstBlock + blocks; block++)
        {
            var x = Vector512.Load(values + ((long)block * ActivationPanel.BlockColumns));
            var scale = E4M3.Decode(E4M3.Encode(globalScale * (Int8Quantizer.LargestMagnitude(x) * Sixth)));
            var multiplier = scale == 0 ? 0 : 1 / (scale * (1 / globalScale));
            PanelBlock.Store(row, block, TwiceE2M1(x * multiplier), scale);
        }
    }

    /// <summary>2 · E2M1(x), rounded to nearest even and saturated: each threshold passed adds the step to the next magnitude.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> TwiceE2M1(Vector512<float> x)
    {
        var magnitude = Vector512.Abs(x);
        var one = Vector512<int>.One;
        var two = Vector512.Create(2);
        var four = Vector512.Create(4);
        var twice = (Vector512.GreaterThan(magnitude, Vector512.Create(0.25f)).AsInt32() & one)
            + (Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0.75f)).AsInt32() & one)
            + (Vector512.GreaterThan(magnitude, Vector512.Create(1.25f)).AsInt32() & one)
            + (Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(1.75f)).AsInt32() & one)
            + (Vector512.GreaterThan(magnitude, Vector512.Create(2.5f)).AsInt32() & two)
            + (Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(3.5f)).AsInt32() & two)
            + (Vector512.GreaterThan(magnitude, Vector512.Create(5f)).AsInt32() & four);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero).AsInt32(), -twice, twice);
    }
}

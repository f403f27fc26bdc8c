using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Root-mean-square normalisation: y = x / √(mean(x²) + ε) · w. The mean is taken in float64.</summary>
internal static unsafe class RmsNorm
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize(float* x, float* w, int size, float epsilon, bool roundToBf16, float* y)
    {
        var factor = Factor(SumOfSquares(x, size), size, epsilon);
        var scale = Vector512.Create(factor);
        var i = 0;
        for (; i + Vector512<float>.Count <= size; i += Vector512<float>.Count)
        {
            var normed = Vector512.Load(x + i) * scale * Vector512.Load(w + i);
            (roundToBf16 ? Bf16.Round(normed) : normed).Store(y + i);
        }

        NormalizeScalar(x, w, i, size, factor, roundToBf16, y);
    }

    /// <summary>The scalar twin.</summary>
    public static void NormalizeScalar(float* x, float* w, int size, float epsilon, bool roundToBf16, float* y)
    {
        var squares = 0.0;
        for (var i = 0; i < size; i++)
        {
            squares += (double)x[i] * x[i];
        }

        NormalizeScalar(x, w, 0, size, Factor(squares, size, epsilon), roundToBf16, y);
    }

    private static float Factor(double squares, int size, float epsilon) => 1 / MathF.Sqrt((float)(squares / size) + epsilon);

    private static void NormalizeScalar(float* x, float* w, int first, int last, float factor, bool roundToBf16, float* y)
    {
        for (var i = first; i < last; i++)
        {
            var normed = x[i] * factor * w[i];
            y[i] = roundToBf16 ? Bf16.Round(normed) : normed;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SumOfSquares(float* x, int size)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        var i = 0;
        for (; i + Vector512<float>.Count <= size; i += Vector512<float>.Count)
        {
            var (first, second) = Vector512.Widen(Vector512.Load(x + i));
            lower += first * first;
            upper += second * second;
        }

        var lanes = lower + upper;
        var four = lanes.GetLower() + lanes.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        var sum = two.ToScalar() + two.GetElement(1);
        for (; i < size; i++)
        {
            sum += (double)x[i] * x[i];
        }

        return sum;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>What sampling needs of a row of logits: the largest, and the unnormalised probabilities.</summary>
internal static unsafe class LogitWeights
{
    /// <summary>The largest logit; NaN if there is one among them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> logits)
    {
        var lanes = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i + Vector512<float>.Count <= logits.Length; i += Vector512<float>.Count)
        {
            lanes = Vector512.Max(lanes, Vector512.Create(logits.Slice(i, Vector512<float>.Count)));
        }

        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vector512<float>.Count; lane++)
        {
            max = MathF.Max(max, lanes.GetElement(lane));
        }

        for (; i < logits.Length; i++)
        {
            max = MathF.Max(max, logits[i]);
        }

        return max;
    }

    /// <summary>weights = e^((logits − max) / temperature); returns their sum, the same on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Exponentiate(ReadOnlySpan<float> logits, float max, float temperature, Span<float> weights)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        var rest = stackalloc float[Vector512<float>.Count];
        for (var i = 0; i < logits.Length; i += Vector512<float>.Count)
        {
            var count = int.Min(Vector512<float>.Count, logits.Length - i);
            var source = logits.Slice(i, count);
            if (count < Vector512<float>.Count)
            {
                var padded = new Span<float>(rest, Vector512<float>.Count);
                padded.Fill(float.NegativeInfinity);
                source.CopyTo(padded);
                source = padded;
            }

            var weight = Exponential.Of((Vector512.Create(source) - Vector512.Create(max)) / Vector512.Create(temperature));
            weight.Store(rest);
            new ReadOnlySpan<float>(rest, count).CopyTo(weights.Slice(i, count));
            var (first, second) = Vector512.Widen(weight);
            lower += first;
            upper += second;
        }

        var sum = 0.0;
        var lanes = lower + upper;
        for (var lane = 0; lane < Vector512<double>.Count; lane++)
        {
            sum += lanes.GetElement(lane);
        }

        return sum;
    }
}

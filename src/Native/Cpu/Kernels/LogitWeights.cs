using System.Numerics;
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

    /// <summary>Writes the indices of the weights that are at least <paramref name="least"/>, in order; returns how many there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int IndicesAtLeast(ReadOnlySpan<float> weights, float least, Span<int> indices)
    {
        var count = 0;
        var i = 0;
        for (; i + Vector512<float>.Count <= weights.Length; i += Vector512<float>.Count)
        {
            var found = Vector512.GreaterThanOrEqual(Vector512.Create(weights.Slice(i, Vector512<float>.Count)), Vector512.Create(least));
            for (var bits = found.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
            {
                indices[count++] = i + BitOperations.TrailingZeroCount(bits);
            }
        }

        for (; i < weights.Length; i++)
        {
            if (weights[i] >= least)
            {
                indices[count++] = i;
            }
        }

        return count;
    }

    /// <summary>How many weights are at least <paramref name="least"/>, and their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (int Count, double Sum) AtLeast(ReadOnlySpan<float> weights, float least)
    {
        var count = 0;
        var sums = Vector512<double>.Zero;
        var i = 0;
        for (; i + Vector512<float>.Count <= weights.Length; i += Vector512<float>.Count)
        {
            var weight = Vector512.Create(weights.Slice(i, Vector512<float>.Count));
            var found = Vector512.GreaterThanOrEqual(weight, Vector512.Create(least));
            count += BitOperations.PopCount(found.ExtractMostSignificantBits());
            var (lower, upper) = Vector512.Widen(weight & found);
            sums += lower + upper;
        }

        var sum = Vector512.Sum(sums);
        for (; i < weights.Length; i++)
        {
            if (weights[i] >= least)
            {
                (count, sum) = (count + 1, sum + weights[i]);
            }
        }

        return (count, sum);
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

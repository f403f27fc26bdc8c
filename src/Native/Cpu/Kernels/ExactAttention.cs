using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Attention of the exact mode: sums in float64 and each result rounded once, so that it does not depend on their order.</summary>
/// <remarks>A product of two BF16 numbers, or of a float32 and a BF16 number, is exact in float64.</remarks>
internal static unsafe class ExactAttention
{
    /// <inheritdoc cref="Attention.Attend{T}"/>
    public static void Attend(
        float* queries, int heads, int headSize, nint* pages, long keys, long values, int positions, float* scores, float* output)
    {
        for (var head = 0; head < heads; head++)
        {
            Scores(queries + ((long)head * headSize), headSize, pages, keys, positions, scores);
            Softmax(scores, positions);
            WeightedSum(scores, headSize, pages, values, positions, output + ((long)head * headSize));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(float* q, int headSize, nint* pages, long keys, int positions, float* scores)
    {
        var scale = Vector512.Create(1 / MathF.Sqrt(headSize));
        for (var page = 0; page < PagedKvCache.PagesFor(positions); page++)
        {
            var k = (ushort*)pages[page] + keys;
            Vector512<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (var i = 0; i < headSize; i++)
            {
                AddProducts(k, q[i], ref sum0, ref sum1, ref sum2, ref sum3);
                k += KvLayout.PageTokens;
            }

            var s = scores + (page * KvLayout.PageTokens);
            (Vector512.Narrow(sum0, sum1) * scale).Store(s);
            (Vector512.Narrow(sum2, sum3) * scale).Store(s + Vector512<float>.Count);
        }

        // The last page may hold positions that are not this token's to see.
        new Span<float>(scores + positions, Attention.ScoresLength(positions) - positions).Fill(float.NegativeInfinity);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(float* scores, int positions)
    {
        var length = Attention.ScoresLength(positions);
        var max = Vector512.Create(LogitWeights.Max(new ReadOnlySpan<float>(scores, positions)));
        var sum = Vector512<double>.Zero;
        for (var i = 0; i < length; i += Vector512<float>.Count)
        {
            var weights = Exponential.Precise(Vector512.Load(scores + i) - max);
            weights.Store(scores + i);
            var (lower, upper) = Vector512.Widen(weights);
            sum += lower + upper;
        }

        var total = Vector512.Create((float)Vector512.Sum(sum));
        for (var i = 0; i < length; i += Vector512<float>.Count)
        {
            (Vector512.Load(scores + i) / total).Store(scores + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightedSum(float* weights, int headSize, nint* pages, long values, int positions, float* output)
    {
        var rowLength = KvLayout.PaddedHeadSize(headSize);
        var row = stackalloc float[32];
        for (var component = 0; component < headSize; component += 32)
        {
            Vector512<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (var position = 0; position < positions; position++)
            {
                var (page, index) = Math.DivRem(position, KvLayout.PageTokens);
                var v = (ushort*)pages[page] + values + ((long)index * rowLength) + component;
                AddProducts(v, weights[position], ref sum0, ref sum1, ref sum2, ref sum3);
            }

            Vector512.Narrow(sum0, sum1).Store(row);
            Vector512.Narrow(sum2, sum3).Store(row + Vector512<float>.Count);
            new ReadOnlySpan<float>(row, int.Min(32, headSize - component)).CopyTo(new Span<float>(output + component, headSize - component));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddProducts(
        ushort* members, float factor, ref Vector512<double> sum0, ref Vector512<double> sum1, ref Vector512<double> sum2, ref Vector512<double> sum3)
    {
        var (low, high) = Bf16.Load(members);
        var f = Vector512.Create((double)factor);
        var (first, second) = Vector512.Widen(low);
        var (third, fourth) = Vector512.Widen(high);
        sum0 += f * first;
        sum1 += f * second;
        sum2 += f * third;
        sum3 += f * fourth;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary><see cref="Attention"/> over keys and values in 8 bits: a position's scale multiplies its score, and its weight.</summary>
internal static unsafe class Int8Attention
{
    /// <inheritdoc cref="Attention.Attend"/>
    /// <param name="queries">(heads, headSize)</param>
    /// <param name="heads">Query heads that share the KV head.</param>
    /// <param name="headSize">Components of a head.</param>
    /// <param name="pages">The sequence's pages, see <see cref="KvLayout"/>.</param>
    /// <param name="keys">Where in a page the KV head's keys begin.</param>
    /// <param name="values">Where in a page the KV head's values begin.</param>
    /// <param name="scales">Where in a page the KV head's scales begin.</param>
    /// <param name="positions">Positions attended to, the token's own included.</param>
    /// <param name="scores">Scratch of <see cref="Attention.HeadsAtOnce"/> × <see cref="Attention.ScoresLength"/>.</param>
    /// <param name="output">(heads, headSize)</param>
    public static void Attend(
        float* queries, int heads, int headSize, nint* pages, long keys, long values, long scales, int positions, float* scores, float* output)
    {
        var length = Attention.ScoresLength(positions);
        var scale = 1 / MathF.Sqrt(headSize);
        for (var head = 0; head < heads; head += Attention.HeadsAtOnce)
        {
            var together = int.Min(Attention.HeadsAtOnce, heads - head);
            Scores(queries + ((long)head * headSize), together, headSize, pages, keys, scales, positions, scale, scores, length);
            for (var i = 0; i < together; i++)
            {
                Attention.Softmax(scores + ((long)i * length), positions, length);
                MultiplyByScales(scores + ((long)i * length), pages, scales, positions);
            }

            WeightedSum(scores, together, length, headSize, pages, values, positions, output + ((long)head * headSize));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(
        float* q, int heads, int headSize, nint* pages, long keys, long scales, int positions, float scale, float* scores, int length)
    {
        var q1 = q + (int.Min(1, heads - 1) * headSize);
        var q2 = q + (int.Min(2, heads - 1) * headSize);
        var q3 = q + (int.Min(3, heads - 1) * headSize);
        for (var page = 0; page < length / KvLayout.PageTokens; page++)
        {
            var k = (sbyte*)pages[page] + keys;
            Vector512<float> low0 = default, high0 = default, low1 = default, high1 = default;
            Vector512<float> low2 = default, high2 = default, low3 = default, high3 = default;
            for (var i = 0; i < headSize; i++)
            {
                var (low, high) = Int8Kv.Load(k);
                var factor = Vector512.Create(q[i]);
                low0 = Vector512.FusedMultiplyAdd(factor, low, low0);
                high0 = Vector512.FusedMultiplyAdd(factor, high, high0);
                factor = Vector512.Create(q1[i]);
                low1 = Vector512.FusedMultiplyAdd(factor, low, low1);
                high1 = Vector512.FusedMultiplyAdd(factor, high, high1);
                factor = Vector512.Create(q2[i]);
                low2 = Vector512.FusedMultiplyAdd(factor, low, low2);
                high2 = Vector512.FusedMultiplyAdd(factor, high, high2);
                factor = Vector512.Create(q3[i]);
                low3 = Vector512.FusedMultiplyAdd(factor, low, low3);
                high3 = Vector512.FusedMultiplyAdd(factor, high, high3);
                k += KvLayout.PageTokens;
            }

            var keyScales = (float*)(pages[page] + scales);
            var lowScale = Vector512.Load(keyScales) * scale;
            var highScale = Vector512.Load(keyScales + Vector512<float>.Count) * scale;
            var s = scores + (page * KvLayout.PageTokens);
            Store(low0 * lowScale, high0 * highScale, s);
            Store(low1 * lowScale, high1 * highScale, s + length);
            Store(low2 * lowScale, high2 * highScale, s + (2 * (long)length));
            Store(low3 * lowScale, high3 * highScale, s + (3 * (long)length));
        }

        // The last page may hold positions that are not this token's to see.
        for (var head = 0; head < heads; head++)
        {
            new Span<float>(scores + ((long)head * length) + positions, length - positions).Fill(float.NegativeInfinity);
        }
    }

    private static void MultiplyByScales(float* weights, nint* pages, long scales, int positions)
    {
        for (var first = 0; first < positions; first += KvLayout.PageTokens)
        {
            var valueScales = (float*)(pages[first / KvLayout.PageTokens] + scales) + KvLayout.PageTokens;
            for (var i = 0; i < KvLayout.PageTokens; i += Vector512<float>.Count)
            {
                (Vector512.Load(weights + first + i) * Vector512.Load(valueScales + i)).Store(weights + first + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightedSum(
        float* weights, int heads, int length, int headSize, nint* pages, long values, int positions, float* output)
    {
        var rowLength = KvLayout.PaddedHeadSize(headSize);
        var p1 = weights + (int.Min(1, heads - 1) * (long)length);
        var p2 = weights + (int.Min(2, heads - 1) * (long)length);
        var p3 = weights + (int.Min(3, heads - 1) * (long)length);
        for (var component = 0; component < headSize; component += 32)
        {
            Vector512<float> low0 = default, high0 = default, low1 = default, high1 = default;
            Vector512<float> low2 = default, high2 = default, low3 = default, high3 = default;
            for (var first = 0; first < positions; first += KvLayout.PageTokens)
            {
                var v = (sbyte*)pages[first / KvLayout.PageTokens] + values + component;
                var last = int.Min(first + KvLayout.PageTokens, positions);
                for (var position = first; position < last; position++)
                {
                    var (low, high) = Int8Kv.Load(v);
                    var factor = Vector512.Create(weights[position]);
                    low0 = Vector512.FusedMultiplyAdd(factor, low, low0);
                    high0 = Vector512.FusedMultiplyAdd(factor, high, high0);
                    factor = Vector512.Create(p1[position]);
                    low1 = Vector512.FusedMultiplyAdd(factor, low, low1);
                    high1 = Vector512.FusedMultiplyAdd(factor, high, high1);
                    factor = Vector512.Create(p2[position]);
                    low2 = Vector512.FusedMultiplyAdd(factor, low, low2);
                    high2 = Vector512.FusedMultiplyAdd(factor, high, high2);
                    factor = Vector512.Create(p3[position]);
                    low3 = Vector512.FusedMultiplyAdd(factor, low, low3);
                    high3 = Vector512.FusedMultiplyAdd(factor, high, high3);
                    v += rowLength;
                }
            }

            var y = output + component;
            var rest = headSize - component;
            Attention.Store(low0, high0, y, rest);
            if (heads > 1)
            {
                Attention.Store(low1, high1, y + headSize, rest);
            }

            if (heads > 2)
            {
                Attention.Store(low2, high2, y + (2 * headSize), rest);
            }

            if (heads > 3)
            {
                Attention.Store(low3, high3, y + (3 * headSize), rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, float* destination)
    {
        low.Store(destination);
        high.Store(destination + Vector512<float>.Count);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Grouped-query attention of one token: the query heads that share a KV head, four at a time so that they share its loads.</summary>
/// <remarks>
/// The cache holds BF16 numbers (<see cref="ushort"/>) or 8-bit integers (<see cref="sbyte"/>), of which a position's scale multiplies its score, and
/// its weight. The runtime compiles each on its own, so the tests of the type cost nothing.
/// </remarks>
internal static unsafe class Attention
{
    /// <summary>Query heads computed together; in a smaller group the last head is computed several times and counted once.</summary>
    public const int HeadsAtOnce = 4;

    /// <summary>Length of the scores of some positions.</summary>
    public static int ScoresLength(int positions) => (positions + KvLayout.PageTokens - 1) / KvLayout.PageTokens * KvLayout.PageTokens;

    /// <summary>output = softmax(q · K / √headSize) · V</summary>
    /// <param name="queries">(heads, headSize)</param>
    /// <param name="heads">Query heads that share the KV head.</param>
    /// <param name="headSize">Components of a head.</param>
    /// <param name="pages">The sequence's pages, see <see cref="KvLayout"/>.</param>
    /// <param name="keys">Where in a page the KV head's keys begin.</param>
    /// <param name="values">Where in a page the KV head's values begin.</param>
    /// <param name="scales">Where in a page the KV head's scales begin; BF16 has none.</param>
    /// <param name="positions">Positions attended to, the token's own included.</param>
    /// <param name="scores">Scratch of <see cref="HeadsAtOnce"/> × <see cref="ScoresLength"/>.</param>
    /// <param name="output">(heads, headSize)</param>
    public static void Attend<T>(
        float* queries, int heads, int headSize, nint* pages, long keys, long values, long scales, int positions, float* scores, float* output)
        where T : unmanaged
    {
        var length = ScoresLength(positions);
        var scale = 1 / MathF.Sqrt(headSize);
        for (var head = 0; head < heads; head += HeadsAtOnce)
        {
            var together = int.Min(HeadsAtOnce, heads - head);
            var q = queries + ((long)head * headSize);
            Scores<T>(q, together, headSize, pages, keys, scales, positions, scale, scores, length);
            for (var i = 0; i < together; i++)
            {
                Softmax(scores + ((long)i * length), positions, length);
                if (typeof(T) == typeof(sbyte))
                {
                    MultiplyByScales(scores + ((long)i * length), pages, scales, positions);
                }
            }

            WeightedSum<T>(scores, together, length, headSize, pages, values, positions, output + ((long)head * headSize));
        }
    }

    /// <summary>The scalar twin of <see cref="Attend{T}"/> for one query head, without page layout: K and V are (positions, headSize).</summary>
    public static void AttendScalar(float* query, int headSize, float* k, float* v, int positions, float* output)
    {
        var scores = new float[positions];
        var scale = 1 / MathF.Sqrt(headSize);
        for (var position = 0; position < positions; position++)
        {
            var dot = 0f;
            for (var i = 0; i < headSize; i++)
            {
                dot += query[i] * k[(position * headSize) + i];
            }

            scores[position] = dot * scale;
        }

        var largest = scores.Max();
        var sum = 0f;
        for (var position = 0; position < positions; position++)
        {
            scores[position] = MathF.Exp(scores[position] - largest);
            sum += scores[position];
        }

        for (var i = 0; i < headSize; i++)
        {
            output[i] = 0;
            for (var position = 0; position < positions; position++)
            {
                output[i] += scores[position] / sum * v[(position * headSize) + i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores<T>(
        float* q, int heads, int headSize, nint* pages, long keys, long scales, int positions, float scale, float* scores, int length)
        where T : unmanaged
    {
        var q1 = q + (int.Min(1, heads - 1) * headSize);
        var q2 = q + (int.Min(2, heads - 1) * headSize);
        var q3 = q + (int.Min(3, heads - 1) * headSize);
        for (var page = 0; page < length / KvLayout.PageTokens; page++)
        {
            var k = (T*)pages[page] + keys;
            Vector512<float> low0 = default, high0 = default, low1 = default, high1 = default;
            Vector512<float> low2 = default, high2 = default, low3 = default, high3 = default;
            for (var i = 0; i < headSize; i++)
            {
                var (low, high) = Load(k);
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

            var lowScale = Vector512.Create(scale);
            var highScale = lowScale;
            if (typeof(T) == typeof(sbyte))
            {
                var keyScales = (float*)(pages[page] + scales);
                lowScale *= Vector512.Load(keyScales);
                highScale *= Vector512.Load(keyScales + Vector512<float>.Count);
            }

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(float* scores, int positions, int length)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < length; i += Vector512<float>.Count)
        {
            largest = Vector512.Max(largest, Vector512.Load(scores + i));
        }

        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vector512<float>.Count; lane++)
        {
            max = MathF.Max(max, largest.GetElement(lane));
        }

        var sums = Vector512<float>.Zero;
        for (var i = 0; i < length; i += Vector512<float>.Count)
        {
            var weight = Exponential.Of(Vector512.Load(scores + i) - Vector512.Create(max));
            weight.Store(scores + i);
            sums += weight;
        }

        var sum = Vector512.Create(LaneSum.Of(sums));
        for (var i = 0; i < length; i += Vector512<float>.Count)
        {
            (Vector512.Load(scores + i) / sum).Store(scores + i);
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
    private static void WeightedSum<T>(
        float* weights, int heads, int length, int headSize, nint* pages, long values, int positions, float* output)
        where T : unmanaged
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
                var v = (T*)pages[first / KvLayout.PageTokens] + values + component;
                var last = int.Min(first + KvLayout.PageTokens, positions);
                for (var position = first; position < last; position++)
                {
                    var (low, high) = Load(v);
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
            Store(low0, high0, y, rest);
            if (heads > 1)
            {
                Store(low1, high1, y + headSize, rest);
            }

            if (heads > 2)
            {
                Store(low2, high2, y + (2 * headSize), rest);
            }

            if (heads > 3)
            {
                Store(low3, high3, y + (3 * headSize), rest);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, float* destination)
    {
        low.Store(destination);
        high.Store(destination + Vector512<float>.Count);
    }

    private static void Store(Vector512<float> low, Vector512<float> high, float* destination, int count)
    {
        if (count >= 32)
        {
            Store(low, high, destination);
            return;
        }

        var whole = stackalloc float[32];
        Store(low, high, whole);
        new ReadOnlySpan<float>(whole, count).CopyTo(new Span<float>(destination, count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Low, Vector512<float> High) Load<T>(T* numbers)
        where T : unmanaged => typeof(T) == typeof(sbyte) ? Int8Kv.Load((sbyte*)numbers) : Bf16.Load((ushort*)numbers);
}

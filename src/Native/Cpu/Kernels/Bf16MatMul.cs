using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The output head: BF16 rows times float32 columns, y = W x, summed in float32.</summary>
/// <remarks>
/// A register of 32 weights splits into even and odd positions, so x is stored in that order: see <see cref="Arrange"/>. Their
/// products are summed apart, 16 lanes each, which keeps two chains of additions going.
/// </remarks>
internal static unsafe class Bf16MatMul
{
    private const int Step = 32;
    private const int Half = Step / 2;
    private const int Unrolled = 4;
    private const int TokensAtOnce = 4;

    // Of four tokens so many columns lie in the first-level cache while the rows pass; their sums, even and odd, wait in memory.
    private const int ColumnsAtOnce = 1024;
    private const int RowsAtOnce = 32;
    private const int SumsOfPair = 2 * TokensAtOnce * 2 * LaneSum.Lanes;

    /// <summary>Length of x in the order of <see cref="Arrange"/>.</summary>
    public static int ArrangedLength(int columns) => (columns + Step - 1) / Step * Step;

    /// <summary>Stores each 32 values as the 16 of even and the 16 of odd positions, zeros past the end.</summary>
    public static void Arrange(float* x, int columns, float* arranged)
    {
        for (var i = 0; i < ArrangedLength(columns); i++)
        {
            var position = (i / Step * Step) + (i % Step / 2) + ((i & 1) * Half);
            arranged[position] = i < columns ? x[i] : 0;
        }
    }

    /// <summary>Rows <paramref name="first"/> to <paramref name="last"/> (exclusive) for every token.</summary>
    public static void Multiply(ushort* w, int columns, int first, int last, float* arranged, int tokens, float* y, long stride)
    {
        var length = ArrangedLength(columns);
        var row = first;
        if (tokens > 1 && Vector256.IsHardwareAccelerated && !Vector512.IsHardwareAccelerated)
        {
            MultiplyPairs(w, columns, first, last, arranged, tokens, y, stride);
            return;
        }

        var quads = tokens / TokensAtOnce * TokensAtOnce;
        while (quads > 0 && row + 2 <= last)
        {
            var rows = int.Min(last - row, RowsAtOnce) & ~1;
            for (var token = 0; token < quads; token += TokensAtOnce)
            {
                DotPairs(w + ((long)row * columns), columns, rows, arranged + ((long)token * length), length, y + (token * stride) + row, stride);
            }

            for (var token = quads; token < tokens; token++)
            {
                Dot(w + ((long)row * columns), columns, rows, arranged + ((long)token * length), y + (token * stride) + row);
            }

            row += rows;
        }

        if (tokens == 1)
        {
            Dot(w + ((long)row * columns), columns, last - row, arranged, y + row);
            return;
        }

        for (; row < last; row++)
        {
            for (var token = 0; token < tokens; token++)
            {
                Dot(w + ((long)row * columns), columns, 1, arranged + ((long)token * length), y + (token * stride) + row);
            }
        }
    }

    /// <summary>The scalar twin of one row; <paramref name="x"/> in its natural order.</summary>
    public static float DotScalar(ushort* w, int columns, float* x)
    {
        Span<float> lanes = stackalloc float[LaneSum.Lanes];
        Span<float> odd = stackalloc float[LaneSum.Lanes];
        lanes.Clear();
        odd.Clear();
        for (var i = 0; i < columns; i++)
        {
            ref var lane = ref (i % 2 == 0 ? lanes : odd)[i % Step / 2];
            lane = MathF.FusedMultiplyAdd(Bf16.ToSingle(w[i]), x[i], lane);
        }

        for (var lane = 0; lane < lanes.Length; lane++)
        {
            lanes[lane] += odd[lane];
        }

        return LaneSum.Of(lanes);
    }

    // With half as wide registers, and half as many of them, a row times two tokens is all that they hold.
    private static void MultiplyPairs(ushort* w, int columns, int first, int last, float* arranged, int tokens, float* y, long stride)
    {
        var length = ArrangedLength(columns);
        for (var row = first; row < last; row++)
        {
            var weights = w + ((long)row * columns);
            var token = 0;
            for (; token + 2 <= tokens; token += 2)
            {
                DotTwoTokens(weights, columns, arranged + ((long)token * length), length, y + (token * stride) + row, stride);
            }

            if (token < tokens)
            {
                Dot(weights, columns, 1, arranged + ((long)token * length), y + (token * stride) + row);
            }
        }
    }

    // Row after row and four registers at a time, as memory is read fastest.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot(ushort* w, int columns, int rows, float* x, float* y)
    {
        var whole = columns / Step * Step;
        var tail = stackalloc ushort[Step];
        for (var row = 0; row < rows; row++)
        {
            var even = Vector512<float>.Zero;
            var odd = Vector512<float>.Zero;
            var column = 0;
            for (; column + (Unrolled * Step) <= whole; column += Unrolled * Step)
            {
                WeightStream.PrefetchFourLines(w + column);
                Add(w + column, x + column, ref even, ref odd);
                Add(w + column + Step, x + column + Step, ref even, ref odd);
                Add(w + column + (2 * Step), x + column + (2 * Step), ref even, ref odd);
                Add(w + column + (3 * Step), x + column + (3 * Step), ref even, ref odd);
            }

            for (; column < whole; column += Step)
            {
                Add(w + column, x + column, ref even, ref odd);
            }

            if (column < columns)
            {
                CopyTail(w + column, columns - column, tail);
                Add(tail, x + column, ref even, ref odd);
            }

            y[row] = LaneSum.Of(even + odd);
            w += columns;
        }
    }

    // An even number of rows times four tokens.
    [SkipLocalsInit] // What is used of the sums is cleared below.
    private static void DotPairs(ushort* w, int columns, int rows, float* x, nint length, float* y, long stride)
    {
        var sums = stackalloc float[RowsAtOnce / 2 * SumsOfPair];
        new Span<float>(sums, rows / 2 * SumsOfPair).Clear();
        for (var column = 0; column < columns; column += ColumnsAtOnce)
        {
            for (var row = 0; row < rows; row += 2)
            {
                var sumsOfPair = sums + (row / 2 * SumsOfPair);
                AddTwoRows(w + ((long)row * columns) + column, columns, int.Min(columns - column, ColumnsAtOnce), x + column, length, sumsOfPair);
            }
        }

        for (var row = 0; row < rows; row++)
        {
            for (var token = 0; token < TokensAtOnce; token++)
            {
                var sum = sums + (row / 2 * SumsOfPair) + (((row % 2 * TokensAtOnce) + token) * 2 * LaneSum.Lanes);
                y[(token * stride) + row] = LaneSum.Of(Vector512.Load(sum) + Vector512.Load(sum + LaneSum.Lanes));
            }
        }
    }

    // sums: (two rows, four tokens, even and odd, lanes)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTwoRows(ushort* w, nint stride, int columns, float* x, nint length, float* sums)
    {
        const int lanes = LaneSum.Lanes;
        var (even00, odd00) = (Vector512.Load(sums), Vector512.Load(sums + lanes));
        var (even01, odd01) = (Vector512.Load(sums + (2 * lanes)), Vector512.Load(sums + (3 * lanes)));
        var (even02, odd02) = (Vector512.Load(sums + (4 * lanes)), Vector512.Load(sums + (5 * lanes)));
        var (even03, odd03) = (Vector512.Load(sums + (6 * lanes)), Vector512.Load(sums + (7 * lanes)));
        var (even10, odd10) = (Vector512.Load(sums + (8 * lanes)), Vector512.Load(sums + (9 * lanes)));
        var (even11, odd11) = (Vector512.Load(sums + (10 * lanes)), Vector512.Load(sums + (11 * lanes)));
        var (even12, odd12) = (Vector512.Load(sums + (12 * lanes)), Vector512.Load(sums + (13 * lanes)));
        var (even13, odd13) = (Vector512.Load(sums + (14 * lanes)), Vector512.Load(sums + (15 * lanes)));
        var tails = stackalloc ushort[2 * Step];
        var row0 = w;
        var row1 = w + stride;
        for (var column = 0; column < columns; column += Step)
        {
            if (Sse.IsSupported)
            {
                // The same columns of rows that come later.
                Sse.Prefetch1(row0 + (RowsAtOnce * stride));
                Sse.Prefetch1(row1 + (RowsAtOnce * stride));
            }

            if (column + Step > columns)
            {
                CopyTail(row0, columns - column, tails);
                CopyTail(row1, columns - column, tails + Step);
                row0 = tails;
                row1 = tails + Step;
            }

            var (e0, o0) = Bf16.Load(row0);
            var (e1, o1) = Bf16.Load(row1);
            var (e, o) = (Vector512.Load(x), Vector512.Load(x + Half));
            (even00, odd00) = (Vector512.FusedMultiplyAdd(e0, e, even00), Vector512.FusedMultiplyAdd(o0, o, odd00));
            (even10, odd10) = (Vector512.FusedMultiplyAdd(e1, e, even10), Vector512.FusedMultiplyAdd(o1, o, odd10));
            (e, o) = (Vector512.Load(x + length), Vector512.Load(x + length + Half));
            (even01, odd01) = (Vector512.FusedMultiplyAdd(e0, e, even01), Vector512.FusedMultiplyAdd(o0, o, odd01));
            (even11, odd11) = (Vector512.FusedMultiplyAdd(e1, e, even11), Vector512.FusedMultiplyAdd(o1, o, odd11));
            (e, o) = (Vector512.Load(x + (2 * length)), Vector512.Load(x + (2 * length) + Half));
            (even02, odd02) = (Vector512.FusedMultiplyAdd(e0, e, even02), Vector512.FusedMultiplyAdd(o0, o, odd02));
            (even12, odd12) = (Vector512.FusedMultiplyAdd(e1, e, even12), Vector512.FusedMultiplyAdd(o1, o, odd12));
            (e, o) = (Vector512.Load(x + (3 * length)), Vector512.Load(x + (3 * length) + Half));
            (even03, odd03) = (Vector512.FusedMultiplyAdd(e0, e, even03), Vector512.FusedMultiplyAdd(o0, o, odd03));
            (even13, odd13) = (Vector512.FusedMultiplyAdd(e1, e, even13), Vector512.FusedMultiplyAdd(o1, o, odd13));
            row0 += Step;
            row1 += Step;
            x += Step;
        }

        even00.Store(sums);
        odd00.Store(sums + lanes);
        even01.Store(sums + (2 * lanes));
        odd01.Store(sums + (3 * lanes));
        even02.Store(sums + (4 * lanes));
        odd02.Store(sums + (5 * lanes));
        even03.Store(sums + (6 * lanes));
        odd03.Store(sums + (7 * lanes));
        even10.Store(sums + (8 * lanes));
        odd10.Store(sums + (9 * lanes));
        even11.Store(sums + (10 * lanes));
        odd11.Store(sums + (11 * lanes));
        even12.Store(sums + (12 * lanes));
        odd12.Store(sums + (13 * lanes));
        even13.Store(sums + (14 * lanes));
        odd13.Store(sums + (15 * lanes));
    }

    // In registers of 256 bits: lanes 0–7 and 8–15 of the sums of even and of odd positions, for each of the tokens.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotTwoTokens(ushort* w, int columns, float* x, nint length, float* y, long stride)
    {
        Vector256<float> even0 = default, even0Upper = default, odd0 = default, odd0Upper = default;
        Vector256<float> even1 = default, even1Upper = default, odd1 = default, odd1Upper = default;
        var upperHalf = Vector256.Create(Bf16.UpperHalf);
        var tail = stackalloc ushort[Step];
        for (var column = 0; column < columns; column += Step)
        {
            if (column + Step > columns)
            {
                CopyTail(w, columns - column, tail);
                w = tail;
            }

            var pairs = Vector256.Load(w).AsUInt32();
            var (e, o) = ((pairs << 16).AsSingle(), (pairs & upperHalf).AsSingle());
            even0 = Vector256.FusedMultiplyAdd(e, Vector256.Load(x), even0);
            even1 = Vector256.FusedMultiplyAdd(e, Vector256.Load(x + length), even1);
            odd0 = Vector256.FusedMultiplyAdd(o, Vector256.Load(x + Half), odd0);
            odd1 = Vector256.FusedMultiplyAdd(o, Vector256.Load(x + length + Half), odd1);

            pairs = Vector256.Load(w + Half).AsUInt32();
            (e, o) = ((pairs << 16).AsSingle(), (pairs & upperHalf).AsSingle());
            even0Upper = Vector256.FusedMultiplyAdd(e, Vector256.Load(x + (Half / 2)), even0Upper);
            even1Upper = Vector256.FusedMultiplyAdd(e, Vector256.Load(x + length + (Half / 2)), even1Upper);
            odd0Upper = Vector256.FusedMultiplyAdd(o, Vector256.Load(x + Half + (Half / 2)), odd0Upper);
            odd1Upper = Vector256.FusedMultiplyAdd(o, Vector256.Load(x + length + Half + (Half / 2)), odd1Upper);
            w += Step;
            x += Step;
        }

        y[0] = LaneSum.Of((even0 + odd0) + (even0Upper + odd0Upper));
        y[stride] = LaneSum.Of((even1 + odd1) + (even1Upper + odd1Upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ushort* w, float* x, ref Vector512<float> even, ref Vector512<float> odd)
    {
        var (evenWeights, oddWeights) = Bf16.Load(w);
        even = Vector512.FusedMultiplyAdd(evenWeights, Vector512.Load(x), even);
        odd = Vector512.FusedMultiplyAdd(oddWeights, Vector512.Load(x + Half), odd);
    }

    // The last row of the tensor may end where the mapping ends: nothing may be read past it.
    private static void CopyTail(ushort* w, int count, ushort* tail)
    {
        new Span<ushort>(tail, Step).Clear();
        Buffer.MemoryCopy(w, tail, Step * sizeof(ushort), count * sizeof(ushort));
    }
}

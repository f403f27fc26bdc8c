using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in AVX2 and FMA, with VNNI where there is: a chunk of 256 columns is taken in two halves, lanes 0–7 and 8–15.</summary>
internal sealed unsafe class Avx2Kernels : TiledKernels
{
    private const int Register = ActivationPanel.RegisterBytes;
    private const int Half = 32;
    private const int HalfLanes = LaneSum.Lanes / 2;
    private const int ChunksAtOnce = 16;
    private const int TokensAtOnce = 16;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public override string Name => AvxVnni.IsSupported ? "AVX2 with VNNI" : "AVX2";

    protected override void MultiplyRows(
        byte* codes, byte* scales, int columns, int rows, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride, byte* scratch)
    {
        if (tokens == 1)
        {
            Dot(codes, scales, columns, rows, x, scale, y);
        }
        else
        {
            base.MultiplyRows(codes, scales, columns, rows, x, xStride, tokens, scale, y, yStride, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        var values = Values();
        var whole = columns / ActivationPanel.ChunkColumns;
        for (var chunk = 0; chunk < whole; chunk++)
        {
            Decode(codes, scales, LowerSpread(), values, tile);
            Decode(codes + Half, scales, UpperSpread(), values, tile + Half);
            codes += CodeBytes;
            scales += ScaleBytes;
            tile += WeightTile.ChunkBytes;
        }

        var rest = columns % ActivationPanel.ChunkColumns;
        if (rest > 0)
        {
            var tail = stackalloc byte[CodeBytes + ScaleBytes];
            CopyTail(codes, scales, rest, tail);
            Decode(tail, tail + CodeBytes, LowerSpread(), values, tile);
            Decode(tail + Half, tail + CodeBytes, UpperSpread(), values, tile + Half);
        }
    }

    // A few chunks of the tile for a few tokens at a time: so many lie in the first-level cache while the tokens pass.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void TileDot(
        byte* tile, int rowBytes, int rows, int chunks, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride)
    {
        // Of a tile with fewer rows the last one is computed again.
        nint row1 = int.Min(1, rows - 1) * rowBytes;
        nint row2 = int.Min(2, rows - 1) * rowBytes;
        nint row3 = int.Min(3, rows - 1) * rowBytes;
        var lanes = stackalloc float[TokensAtOnce * WeightTile.Rows * LaneSum.Lanes];
        for (; tokens > 0; tokens -= TokensAtOnce)
        {
            var group = int.Min(tokens, TokensAtOnce);
            new Span<float>(lanes, group * WeightTile.Rows * LaneSum.Lanes).Clear();
            for (var chunk = 0; chunk < chunks; chunk += ChunksAtOnce)
            {
                var count = int.Min(chunks - chunk, ChunksAtOnce);
                var w = tile + (chunk * WeightTile.ChunkBytes);
                var a = x + (chunk * ActivationPanel.ChunkBytes);
                for (var token = 0; token < group; token++)
                {
                    var sums = lanes + (token * WeightTile.Rows * LaneSum.Lanes);
                    AddFourRows(w, row1, row2, row3, count, a, sums);
                    AddFourRows(w + Half, row1, row2, row3, count, a + Half, sums + (WeightTile.Rows * HalfLanes));
                    a += xStride;
                }
            }

            for (var token = 0; token < group; token++)
            {
                StoreSums(lanes + (token * WeightTile.Rows * LaneSum.Lanes), rows, scale, y);
                y += yStride;
            }

            x += group * xStride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var sum = Vector256<double>.Zero;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var lower = IntegerSums(tile, x) * Scales(tile, x);
            var upper = IntegerSums(tile + Half, x + Half) * Scales(tile + Half, x + Half);
            sum += Avx.ConvertToVector256Double(lower.GetLower()) + Avx.ConvertToVector256Double(lower.GetUpper());
            sum += Avx.ConvertToVector256Double(upper.GetLower()) + Avx.ConvertToVector256Double(upper.GetUpper());
            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        return Vector256.Sum(sum);
    }

    // Half of the lanes of four rows: the token's integers stay in registers while the rows pass.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFourRows(byte* w, nint row1, nint row2, nint row3, int chunks, byte* x, float* sums)
    {
        var sum0 = Vector256.Load(sums);
        var sum1 = Vector256.Load(sums + HalfLanes);
        var sum2 = Vector256.Load(sums + (2 * HalfLanes));
        var sum3 = Vector256.Load(sums + (3 * HalfLanes));
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var x0 = Vector256.Load((sbyte*)x);
            var x1 = Vector256.Load((sbyte*)x + Register);
            var x2 = Vector256.Load((sbyte*)x + (2 * Register));
            var x3 = Vector256.Load((sbyte*)x + (3 * Register));
            var offset = Vector256.Load((int*)(x + ActivationPanel.Offsets));
            var scales = Vector256.Load((float*)(x + ActivationPanel.Scales));
            sum0 = AddRow(sum0, w, x0, x1, x2, x3, offset, scales);
            sum1 = AddRow(sum1, w + row1, x0, x1, x2, x3, offset, scales);
            sum2 = AddRow(sum2, w + row2, x0, x1, x2, x3, offset, scales);
            sum3 = AddRow(sum3, w + row3, x0, x1, x2, x3, offset, scales);
            w += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        sum0.Store(sums);
        sum1.Store(sums + HalfLanes);
        sum2.Store(sums + (2 * HalfLanes));
        sum3.Store(sums + (3 * HalfLanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddRow(
        Vector256<float> sum, byte* w, Vector256<sbyte> x0, Vector256<sbyte> x1, Vector256<sbyte> x2, Vector256<sbyte> x3, Vector256<int> offset, Vector256<float> scales)
    {
        var sums = IntegerSums(
            Vector256.Load(w), Vector256.Load(w + Register), Vector256.Load(w + (2 * Register)), Vector256.Load(w + (3 * Register)), x0, x1, x2, x3, offset);
        return Fma.MultiplyAdd(sums, Vector256.Load((float*)(w + WeightTile.Scales)) * scales, sum);
    }

    private static void StoreSums(float* sums, int rows, float scale, float* y)
    {
        var upper = sums + (WeightTile.Rows * HalfLanes);
        for (var row = 0; row < rows; row++)
        {
            y[row] = LaneSum.Of(Vector256.Load(sums + (row * HalfLanes)) + Vector256.Load(upper + (row * HalfLanes))) * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot(byte* codes, byte* scales, int columns, int rows, byte* x, float scale, float* y)
    {
        var whole = columns / ActivationPanel.ChunkColumns;
        var rest = columns % ActivationPanel.ChunkColumns;
        var tail = stackalloc byte[CodeBytes + ScaleBytes];
        var values = Values();
        for (var row = 0; row < rows; row++)
        {
            if (rest > 0)
            {
                CopyTail(codes + (whole * CodeBytes), scales + (whole * ScaleBytes), rest, tail);
            }

            var lower = Vector256<float>.Zero;
            var upper = Vector256<float>.Zero;
            var a = x;
            for (var chunk = 0; chunk < whole; chunk++)
            {
                WeightStream.PrefetchTwoLines(codes);
                lower = AddCodes(lower, codes, scales, LowerSpread(), a, values);
                upper = AddCodes(upper, codes + Half, scales, UpperSpread(), a + Half, values);
                codes += CodeBytes;
                scales += ScaleBytes;
                a += ActivationPanel.ChunkBytes;
            }

            if (rest > 0)
            {
                lower = AddCodes(lower, tail, tail + CodeBytes, LowerSpread(), a, values);
                upper = AddCodes(upper, tail + Half, tail + CodeBytes, UpperSpread(), a + Half, values);
                codes += rest / 2;
                scales += rest / ActivationPanel.BlockColumns;
            }

            y[row] = LaneSum.Of(lower + upper) * scale;
        }
    }

    private static Vector256<byte> Values() =>
        Vector256.Create(Vector128.Create(WeightTile.BiasedValues), Vector128.Create(WeightTile.BiasedValues));

    // Where the scales of a half's lanes stand among the chunk's 16: each goes to the third byte of its lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> LowerSpread() =>
        Vector256.Create(0x80008080, 0x80018080, 0x80088080, 0x80098080, 0x80028080, 0x80038080, 0x800A8080, 0x800B8080).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> UpperSpread() =>
        Vector256.Create(0x80048080, 0x80058080, 0x800C8080, 0x800D8080, 0x80068080, 0x80078080, 0x800E8080, 0x800F8080).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scale(byte* scales, Vector256<byte> spread)
    {
        var sixteen = Vector128.Load(scales);

        // As in AVX-512: shifted into exponent and mantissa of a float32.
        return (Avx2.Shuffle(Vector256.Create(sixteen, sixteen), spread).AsUInt32() << 4).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> FirstHalves(byte* codes) =>
        Avx.Shuffle(Vector256.Load(codes).AsSingle(), Vector256.Load(codes + Register).AsSingle(), 0b10_00_10_00).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> SecondHalves(byte* codes) =>
        Avx.Shuffle(Vector256.Load(codes).AsSingle(), Vector256.Load(codes + Register).AsSingle(), 0b11_01_11_01).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Even(Vector256<byte> pairs, Vector256<byte> values) =>
        Avx2.Shuffle(values, pairs & Vector256.Create((byte)15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Odd(Vector256<byte> pairs, Vector256<byte> values) => Even((pairs.AsUInt16() >>> 4).AsByte(), values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Decode(byte* codes, byte* scales, Vector256<byte> spread, Vector256<byte> values, byte* tile)
    {
        var first = FirstHalves(codes);
        var second = SecondHalves(codes);
        Even(first, values).Store(tile);
        Odd(first, values).Store(tile + Register);
        Even(second, values).Store(tile + (2 * Register));
        Odd(second, values).Store(tile + (3 * Register));
        Scale(scales, spread).Store((float*)(tile + WeightTile.Scales));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddCodes(
        Vector256<float> sum, byte* codes, byte* scales, Vector256<byte> spread, byte* x, Vector256<byte> values)
    {
        var first = FirstHalves(codes);
        var second = SecondHalves(codes);
        var sums = IntegerSums(Even(first, values), Odd(first, values), Even(second, values), Odd(second, values), x);
        return Fma.MultiplyAdd(sums, Scale(scales, spread) * Vector256.Load((float*)(x + ActivationPanel.Scales)), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scales(byte* w, byte* x) =>
        Vector256.Load((float*)(w + WeightTile.Scales)) * Vector256.Load((float*)(x + ActivationPanel.Scales));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> IntegerSums(byte* w, byte* x) => IntegerSums(
        Vector256.Load(w), Vector256.Load(w + Register), Vector256.Load(w + (2 * Register)), Vector256.Load(w + (3 * Register)), x);

    // x points to the half's first integers; its offsets and scales are as wide as the integers are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> IntegerSums(Vector256<byte> w0, Vector256<byte> w1, Vector256<byte> w2, Vector256<byte> w3, byte* x) => IntegerSums(
        w0, w1, w2, w3,
        Vector256.Load((sbyte*)x), Vector256.Load((sbyte*)x + Register), Vector256.Load((sbyte*)x + (2 * Register)), Vector256.Load((sbyte*)x + (3 * Register)),
        Vector256.Load((int*)(x + ActivationPanel.Offsets)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> IntegerSums(
        Vector256<byte> w0, Vector256<byte> w1, Vector256<byte> w2, Vector256<byte> w3,
        Vector256<sbyte> x0, Vector256<sbyte> x1, Vector256<sbyte> x2, Vector256<sbyte> x3, Vector256<int> offset)
    {
        if (AvxVnni.IsSupported)
        {
            var even = AvxVnni.MultiplyWideningAndAdd(AvxVnni.MultiplyWideningAndAdd(-offset, w0, x0), w2, x2);
            var odd = AvxVnni.MultiplyWideningAndAdd(AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, w1, x1), w3, x3);
            return Avx.ConvertToVector256Single(even + odd);
        }

        var pairs = (Avx2.MultiplyAddAdjacent(w0, x0) + Avx2.MultiplyAddAdjacent(w1, x1))
            + (Avx2.MultiplyAddAdjacent(w2, x2) + Avx2.MultiplyAddAdjacent(w3, x3));
        return Avx.ConvertToVector256Single(Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One) - offset);
    }
}

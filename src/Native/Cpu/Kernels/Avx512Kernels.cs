using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in AVX-512 (F and BW, VBMI where there is): a chunk of 256 columns is two registers of weight codes.</summary>
/// <remarks>
/// .NET 10 has no 512-bit VNNI, so products are summed by byte multiply-add. Its 16-bit sums stay clear of saturation:
/// 8 products of at most 24 · 127 are 24,384.
/// </remarks>
internal sealed unsafe partial class Avx512Kernels : TiledKernels
{
    private const int Register = ActivationPanel.RegisterBytes;
    private const int Unrolled = 4;

    // Of a tile these chunks lie in the first-level cache while the tokens pass.
    private const int ChunksOfTile = 16;
    private const int TokensOfTile = 32;
    private const int SumsOfPair = 2 * WeightTile.Rows * LaneSum.Lanes;

    // Of the kernels for several tokens; for one see WeightStream.
    private const int PrefetchBytes = 3072;

    public static bool IsSupported => Avx512BW.IsSupported;

    public override string Name => "AVX-512";

    public override int ScratchBytes(int columns) =>
        int.Max(base.ScratchBytes(columns), RowsAtOnce * FewTokens * LaneSum.Lanes * sizeof(float));

    protected override void MultiplyRows(
        byte* codes, byte* scales, int columns, int rows, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride, byte* scratch)
    {
        switch (tokens)
        {
            case 1:
                Dot(codes, scales, columns, rows, x, scale, y);
                break;
            case 2:
                DotTwo(codes, scales, columns, rows, x, x + xStride, scale, y, y + yStride);
                break;
            case <= FewTokens:
                MultiplyFew(codes, scales, columns, rows, x, xStride, tokens, scale, y, yStride, (float*)scratch);
                break;
            default:
                base.MultiplyRows(codes, scales, columns, rows, x, xStride, tokens, scale, y, yStride, scratch);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        var values = Values();
        var spread = Spread();
        var whole = columns / ActivationPanel.ChunkColumns;
        for (var chunk = 0; chunk < whole; chunk++)
        {
            Sse.Prefetch1(codes + PrefetchBytes);
            Decode(Vector512.Load(codes), Vector512.Load(codes + Register), Scale(scales, spread), values, tile);
            codes += CodeBytes;
            scales += ScaleBytes;
            tile += WeightTile.ChunkBytes;
        }

        var rest = columns % ActivationPanel.ChunkColumns;
        if (rest > 0)
        {
            var (lower, upper) = LoadTail(codes, rest);
            Decode(lower, upper, Scale(LoadTailScales(scales, rest), spread), values, tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit] // The sums are stored before they are loaded.
    protected override void TileDot(
        byte* tile, int rowBytes, int rows, int chunks, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride)
    {
        // Of a tile with fewer rows the last one is computed again.
        nint row1 = int.Min(1, rows - 1) * rowBytes;
        nint row2 = int.Min(2, rows - 1) * rowBytes;
        nint row3 = int.Min(3, rows - 1) * rowBytes;
        var sums = stackalloc float[TokensOfTile / 2 * SumsOfPair];
        for (; tokens > 0; tokens -= TokensOfTile)
        {
            var group = int.Min(tokens, TokensOfTile);
            for (var chunk = 0; chunk < chunks; chunk += ChunksOfTile)
            {
                var count = int.Min(chunks - chunk, ChunksOfTile);
                var w = tile + (chunk * WeightTile.ChunkBytes);
                var a = x + (chunk * ActivationPanel.ChunkBytes);
                var sumsOfPair = sums;
                for (var token = 0; token < group; token += 2)
                {
                    // Without a second token the first is computed twice.
                    nint second = int.Min(1, group - token - 1);
                    var (sumA, sumB) = AddFourRows(w, row1, row2, row3, count, a, a + (second * xStride), sumsOfPair, chunk == 0, chunk + count == chunks);
                    if (chunk + count == chunks)
                    {
                        Store(sumA * scale, rows, y + (token * yStride));
                        Store(sumB * scale, rows, y + ((token + second) * yStride));
                    }

                    a += 2 * xStride;
                    sumsOfPair += SumsOfPair;
                }
            }

            x += group * xStride;
            y += group * yStride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        var ones = Vector512<short>.One;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var sums = IntegerSums(
                Vector512.Load(tile), Vector512.Load(tile + Register), Vector512.Load(tile + (2 * Register)), Vector512.Load(tile + (3 * Register)), x, ones);
            var term = sums * (Vector512.Load((float*)(tile + WeightTile.Scales)) * Vector512.Load((float*)(x + ActivationPanel.Scales)));
            lower += Avx512F.ConvertToVector512Double(term.GetLower());
            upper += Avx512F.ConvertToVector512Double(term.GetUpper());
            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        return Vector512.Sum(lower + upper);
    }

    // Row after row, as they lie in memory: several rows at once would be several streams, which the hardware reads at half the speed.
    // Four chunks at a time, so that each load instruction makes strides of half a kilobyte.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot(byte* codes, byte* scales, int columns, int rows, byte* x, float scale, float* y)
    {
        var whole = columns / ActivationPanel.ChunkColumns;
        var rest = columns % ActivationPanel.ChunkColumns;
        var values = Values();
        var spread = Spread();
        var ones = Vector512<short>.One;
        var lanes = stackalloc float[WeightTile.Rows * LaneSum.Lanes];
        for (var row = 0; row < rows; row++)
        {
            var sum = Vector512<float>.Zero;
            var a = x;
            var chunk = 0;
            for (; chunk + Unrolled <= whole; chunk += Unrolled)
            {
                WeightStream.PrefetchFourLines(codes);
                WeightStream.PrefetchFourLines(codes + (2 * CodeBytes));
                sum = Add(sum, codes, scales, a, values, spread, ones);
                sum = Add(sum, codes + CodeBytes, scales + ScaleBytes, a + ActivationPanel.ChunkBytes, values, spread, ones);
                sum = Add(sum, codes + (2 * CodeBytes), scales + (2 * ScaleBytes), a + (2 * ActivationPanel.ChunkBytes), values, spread, ones);
                sum = Add(sum, codes + (3 * CodeBytes), scales + (3 * ScaleBytes), a + (3 * ActivationPanel.ChunkBytes), values, spread, ones);
                codes += Unrolled * CodeBytes;
                scales += Unrolled * ScaleBytes;
                a += Unrolled * ActivationPanel.ChunkBytes;
            }

            for (; chunk < whole; chunk++)
            {
                sum = Add(sum, codes, scales, a, values, spread, ones);
                codes += CodeBytes;
                scales += ScaleBytes;
                a += ActivationPanel.ChunkBytes;
            }

            if (rest > 0)
            {
                var (lower, upper) = LoadTail(codes, rest);
                sum = Add(sum, lower, upper, Scale(LoadTailScales(scales, rest), spread), a, values, ones);
                codes += rest / 2;
                scales += rest / ActivationPanel.BlockColumns;
            }

            var position = row % WeightTile.Rows;
            sum.Store(lanes + (position * LaneSum.Lanes));
            if (position == WeightTile.Rows - 1 || row == rows - 1)
            {
                var sums = LaneSum.OfFour(
                    Vector512.Load(lanes), Vector512.Load(lanes + LaneSum.Lanes), Vector512.Load(lanes + (2 * LaneSum.Lanes)), Vector512.Load(lanes + (3 * LaneSum.Lanes)));
                Store(sums * scale, position + 1, y + row - position);
            }
        }
    }

    // Two tokens are too few for writing the decoded weights and reading them again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotTwo(byte* codes, byte* scales, int columns, int rows, byte* x0, byte* x1, float scale, float* y0, float* y1)
    {
        var values = Values();
        var spread = Spread();
        var ones = Vector512<short>.One;
        for (var row = 0; row < rows; row++)
        {
            var sum0 = Vector512<float>.Zero;
            var sum1 = Vector512<float>.Zero;
            var a = x0;
            var b = x1;
            var left = columns;
            for (; left >= ActivationPanel.ChunkColumns; left -= ActivationPanel.ChunkColumns)
            {
                Sse.Prefetch1(codes + PrefetchBytes);
                Sse.Prefetch1(codes + PrefetchBytes + Register);
                AddToTwo(ref sum0, ref sum1, Vector512.Load(codes), Vector512.Load(codes + Register), Scale(scales, spread), a, b, values, ones);
                codes += CodeBytes;
                scales += ScaleBytes;
                a += ActivationPanel.ChunkBytes;
                b += ActivationPanel.ChunkBytes;
            }

            if (left > 0)
            {
                var (lower, upper) = LoadTail(codes, left);
                AddToTwo(ref sum0, ref sum1, lower, upper, Scale(LoadTailScales(scales, left), spread), a, b, values, ones);
                codes += left / 2;
                scales += left / ActivationPanel.BlockColumns;
            }

            y0[row] = LaneSum.Of(sum0) * scale;
            y1[row] = LaneSum.Of(sum1) * scale;
        }
    }

    // Some chunks of four rows times two tokens. Sums of lanes stay in memory between calls; the last adds the lanes up.
    // Not inlined: among the variables of its caller it runs out of registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (Vector128<float> A, Vector128<float> B) AddFourRows(
        byte* w, nint row1, nint row2, nint row3, int chunks, byte* a, byte* b, float* sums, bool isFirst, bool isLast)
    {
        const int lanes = LaneSum.Lanes;
        Vector512<float> sum00 = default, sum01 = default, sum10 = default, sum11 = default;
        Vector512<float> sum20 = default, sum21 = default, sum30 = default, sum31 = default;
        if (!isFirst)
        {
            (sum00, sum01) = (Vector512.Load(sums), Vector512.Load(sums + lanes));
            (sum10, sum11) = (Vector512.Load(sums + (2 * lanes)), Vector512.Load(sums + (3 * lanes)));
            (sum20, sum21) = (Vector512.Load(sums + (4 * lanes)), Vector512.Load(sums + (5 * lanes)));
            (sum30, sum31) = (Vector512.Load(sums + (6 * lanes)), Vector512.Load(sums + (7 * lanes)));
        }

        var ones = Vector512<short>.One;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            sum00 = Add(sum00, w, a, ones);
            sum01 = Add(sum01, w, b, ones);
            sum10 = Add(sum10, w + row1, a, ones);
            sum11 = Add(sum11, w + row1, b, ones);
            sum20 = Add(sum20, w + row2, a, ones);
            sum21 = Add(sum21, w + row2, b, ones);
            sum30 = Add(sum30, w + row3, a, ones);
            sum31 = Add(sum31, w + row3, b, ones);
            w += WeightTile.ChunkBytes;
            a += ActivationPanel.ChunkBytes;
            b += ActivationPanel.ChunkBytes;
        }

        if (isLast)
        {
            return (LaneSum.OfFour(sum00, sum10, sum20, sum30), LaneSum.OfFour(sum01, sum11, sum21, sum31));
        }

        sum00.Store(sums);
        sum01.Store(sums + lanes);
        sum10.Store(sums + (2 * lanes));
        sum11.Store(sums + (3 * lanes));
        sum20.Store(sums + (4 * lanes));
        sum21.Store(sums + (5 * lanes));
        sum30.Store(sums + (6 * lanes));
        sum31.Store(sums + (7 * lanes));
        return default;
    }

    // Repeated to 64 bytes, as the permutation of VBMI looks at six bits of a code.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Values()
    {
        var half = Vector256.Create(Vector128.Create(WeightTile.BiasedValues), Vector128.Create(WeightTile.BiasedValues));
        return Vector512.Create(half, half);
    }

    // Puts a block's scale into the third byte of its lane; an index of 128 or more gives zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Spread() => Vector512.Create(
        0x80008080, 0x80018080, 0x80088080, 0x80098080, 0x80028080, 0x80038080, 0x800A8080, 0x800B8080,
        0x80048080, 0x80058080, 0x800C8080, 0x800D8080, 0x80068080, 0x80078080, 0x800E8080, 0x800F8080).AsByte();

    // The 7 bits of an E4M3 number, shifted up to exponent and mantissa of a float32, are its value · 2⁻¹²⁰, subnormals included.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scale(Vector512<byte> scales, Vector512<byte> spread) =>
        (Avx512BW.Shuffle(scales, spread).AsUInt32() << 4).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scale(byte* scales, Vector512<byte> spread) =>
        Scale(Avx512F.BroadcastVector128ToVector512((int*)scales).AsByte(), spread);

    // Even and odd columns of the first half of each block, then of the second.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<byte> W0, Vector512<byte> W1, Vector512<byte> W2, Vector512<byte> W3) Integers(byte* codes, Vector512<byte> values)
    {
        var (lower, upper) = (Vector512.Load(codes), Vector512.Load(codes + Register));
        var first = FirstHalves(lower, upper);
        var second = SecondHalves(lower, upper);
        return (Even(first, values), Odd(first, values), Even(second, values), Odd(second, values));
    }

    // The codes of 16 blocks by half blocks: the dwords at even places, and those at odd places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> FirstHalves(Vector512<byte> lower, Vector512<byte> upper) =>
        Avx512F.Shuffle(lower.AsSingle(), upper.AsSingle(), 0b10_00_10_00).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> SecondHalves(Vector512<byte> lower, Vector512<byte> upper) =>
        Avx512F.Shuffle(lower.AsSingle(), upper.AsSingle(), 0b11_01_11_01).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Even(Vector512<byte> pairs, Vector512<byte> values) =>
        Avx512Vbmi.IsSupported ? Avx512Vbmi.PermuteVar64x8(values, pairs) : Avx512BW.Shuffle(values, pairs & Vector512.Create((byte)15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Odd(Vector512<byte> pairs, Vector512<byte> values) => Even((pairs.AsUInt16() >>> 4).AsByte(), values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Decode(Vector512<byte> lower, Vector512<byte> upper, Vector512<float> scale, Vector512<byte> values, byte* tile)
    {
        var first = FirstHalves(lower, upper);
        var second = SecondHalves(lower, upper);
        Even(first, values).Store(tile);
        Odd(first, values).Store(tile + Register);
        Even(second, values).Store(tile + (2 * Register));
        Odd(second, values).Store(tile + (3 * Register));
        scale.Store((float*)(tile + WeightTile.Scales));
    }

    // Nothing may be read past the last column: the mapping may end there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<byte> Lower, Vector512<byte> Upper) LoadTail(byte* codes, int columns) =>
        (Load(codes, columns / 2), columns / 2 > Register ? Load(codes + Register, (columns / 2) - Register) : Vector512<byte>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Load(byte* source, int count) =>
        Avx512BW.MaskLoad(source, Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)count)), Vector512<byte>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> LoadTailScales(byte* scales, int columns)
    {
        var tail = Avx512BW.VL.MaskLoad(
            scales, Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)(columns / ActivationPanel.BlockColumns))), Vector128<byte>.Zero);
        var half = Vector256.Create(tail, tail);
        return Vector512.Create(half, half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(
        Vector512<float> sum, byte* codes, byte* scales, byte* x, Vector512<byte> values, Vector512<byte> spread, Vector512<short> ones) =>
        Add(sum, Vector512.Load(codes), Vector512.Load(codes + Register), Scale(scales, spread), x, values, ones);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(
        Vector512<float> sum, Vector512<byte> lower, Vector512<byte> upper, Vector512<float> scale, byte* x, Vector512<byte> values, Vector512<short> ones)
    {
        var first = FirstHalves(lower, upper);
        var second = SecondHalves(lower, upper);
        var sums = IntegerSums(Even(first, values), Odd(first, values), Even(second, values), Odd(second, values), x, ones);
        return Avx512F.FusedMultiplyAdd(sums, scale * Vector512.Load((float*)(x + ActivationPanel.Scales)), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToTwo(
        ref Vector512<float> sum0, ref Vector512<float> sum1, Vector512<byte> lower, Vector512<byte> upper, Vector512<float> scale,
        byte* x0, byte* x1, Vector512<byte> values, Vector512<short> ones)
    {
        var first = FirstHalves(lower, upper);
        var second = SecondHalves(lower, upper);
        var w0 = Even(first, values);
        var w1 = Odd(first, values);
        var w2 = Even(second, values);
        var w3 = Odd(second, values);
        sum0 = Avx512F.FusedMultiplyAdd(IntegerSums(w0, w1, w2, w3, x0, ones), scale * Vector512.Load((float*)(x0 + ActivationPanel.Scales)), sum0);
        sum1 = Avx512F.FusedMultiplyAdd(IntegerSums(w0, w1, w2, w3, x1, ones), scale * Vector512.Load((float*)(x1 + ActivationPanel.Scales)), sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, byte* tile, byte* x, Vector512<short> ones)
    {
        var sums = IntegerSums(
            Vector512.Load(tile), Vector512.Load(tile + Register), Vector512.Load(tile + (2 * Register)), Vector512.Load(tile + (3 * Register)), x, ones);
        var scale = Vector512.Load((float*)(tile + WeightTile.Scales)) * Vector512.Load((float*)(x + ActivationPanel.Scales));
        return Avx512F.FusedMultiplyAdd(sums, scale, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> IntegerSums(
        Vector512<byte> w0, Vector512<byte> w1, Vector512<byte> w2, Vector512<byte> w3, byte* x, Vector512<short> ones)
    {
        var first = Avx512BW.MultiplyAddAdjacent(w0, Vector512.Load((sbyte*)x))
            + Avx512BW.MultiplyAddAdjacent(w1, Vector512.Load((sbyte*)x + Register));
        var second = Avx512BW.MultiplyAddAdjacent(w2, Vector512.Load((sbyte*)x + (2 * Register)))
            + Avx512BW.MultiplyAddAdjacent(w3, Vector512.Load((sbyte*)x + (3 * Register)));
        var sums = Avx512BW.MultiplyAddAdjacent(first + second, ones) - Vector512.Load((int*)(x + ActivationPanel.Offsets));
        return Avx512F.ConvertToVector512Single(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> values, int count, float* y)
    {
        if (count == Vector128<float>.Count)
        {
            values.Store(y);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            y[i] = values.GetElement(i);
        }
    }
}

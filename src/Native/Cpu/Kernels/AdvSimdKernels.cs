using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in Arm's AdvSimd, with dot products where there are: a chunk of 256 columns is taken in quarters of four lanes.</summary>
/// <remarks>
/// Products of signed bytes need no bias: the tile holds 2 · E2M1, and what the panel says to take off stays unused. Not run on an Arm
/// processor yet.
/// </remarks>
internal sealed unsafe class AdvSimdKernels : TiledKernels
{
    private const int Register = ActivationPanel.RegisterBytes;
    private const int Quarter = 16;

    public static bool IsSupported => AdvSimd.Arm64.IsSupported;

    public override string Name => Dp.IsSupported ? "AdvSimd with dot products" : "AdvSimd";

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
            DecodeChunk(codes, scales, values, tile);
            codes += CodeBytes;
            scales += ScaleBytes;
            tile += WeightTile.ChunkBytes;
        }

        var rest = columns % ActivationPanel.ChunkColumns;
        if (rest > 0)
        {
            var tail = stackalloc byte[CodeBytes + ScaleBytes];
            CopyTail(codes, scales, rest, tail);
            DecodeChunk(tail, tail + CodeBytes, values, tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void TileDot(
        byte* tile, int rowBytes, int rows, int chunks, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride)
    {
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < rows; row++)
            {
                var w = tile + ((long)row * rowBytes);
                var a = x;
                Vector128<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                for (var chunk = 0; chunk < chunks; chunk++)
                {
                    sum0 = Add(sum0, w, a);
                    sum1 = Add(sum1, w + Quarter, a + Quarter);
                    sum2 = Add(sum2, w + (2 * Quarter), a + (2 * Quarter));
                    sum3 = Add(sum3, w + (3 * Quarter), a + (3 * Quarter));
                    w += WeightTile.ChunkBytes;
                    a += ActivationPanel.ChunkBytes;
                }

                y[row] = LaneSum.Of(sum0 + sum2 + (sum1 + sum3)) * scale;
            }

            x += xStride;
            y += yStride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var sum = Vector128<double>.Zero;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            for (var quarter = 0; quarter < Register; quarter += Quarter)
            {
                var term = IntegerSums(tile + quarter, x + quarter) * Scales(tile + quarter, x + quarter);
                sum += AdvSimd.Arm64.ConvertToDouble(term.GetLower()) + AdvSimd.Arm64.ConvertToDoubleUpper(term);
            }

            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        return Vector128.Sum(sum);
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
            Vector128<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            var a = x;
            for (var chunk = 0; chunk < whole; chunk++)
            {
                AddChunk(codes, scales, a, values, ref sum0, ref sum1, ref sum2, ref sum3);
                codes += CodeBytes;
                scales += ScaleBytes;
                a += ActivationPanel.ChunkBytes;
            }

            if (rest > 0)
            {
                CopyTail(codes, scales, rest, tail);
                AddChunk(tail, tail + CodeBytes, a, values, ref sum0, ref sum1, ref sum2, ref sum3);
                codes += rest / 2;
                scales += rest / ActivationPanel.BlockColumns;
            }

            y[row] = LaneSum.Of(sum0 + sum2 + (sum1 + sum3)) * scale;
        }
    }

    // 2 · E2M1 by code.
    private static Vector128<byte> Values() => Vector128.Create(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12).AsByte();

    // Where the scales of a quarter's lanes stand among the chunk's 16: each goes to the third byte of its lane, 255 gives zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Spread(int quarter)
    {
        var first = (uint)(quarter / 8) << 16;
        return Vector128.Create(0xFF00FFFFu + first, 0xFF01FFFFu + first, 0xFF08FFFFu + first, 0xFF09FFFFu + first).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Scale(Vector128<byte> scales, int quarter) =>

        // An E4M3 number shifted into exponent and mantissa of a float32 is its value · 2⁻¹²⁰.
        (AdvSimd.Arm64.VectorTableLookup(scales, Spread(quarter)).AsUInt32() << 4).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> FirstHalves(byte* codes) =>
        AdvSimd.Arm64.UnzipEven(Vector128.Load(codes).AsInt32(), Vector128.Load(codes + Register).AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> SecondHalves(byte* codes) =>
        AdvSimd.Arm64.UnzipOdd(Vector128.Load(codes).AsInt32(), Vector128.Load(codes + Register).AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Even(Vector128<byte> pairs, Vector128<byte> values) =>
        AdvSimd.Arm64.VectorTableLookup(values, pairs & Vector128.Create((byte)15)).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Odd(Vector128<byte> pairs, Vector128<byte> values) =>
        AdvSimd.Arm64.VectorTableLookup(values, AdvSimd.ShiftRightLogical(pairs, 4)).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DecodeChunk(byte* codes, byte* scales, Vector128<byte> values, byte* tile)
    {
        for (var quarter = 0; quarter < Register; quarter += Quarter)
        {
            var first = FirstHalves(codes + quarter);
            var second = SecondHalves(codes + quarter);
            Even(first, values).Store((sbyte*)tile + quarter);
            Odd(first, values).Store((sbyte*)tile + Register + quarter);
            Even(second, values).Store((sbyte*)tile + (2 * Register) + quarter);
            Odd(second, values).Store((sbyte*)tile + (3 * Register) + quarter);
            Scale(Vector128.Load(scales), quarter).Store((float*)(tile + WeightTile.Scales + quarter));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddChunk(
        byte* codes, byte* scales, byte* x, Vector128<byte> values,
        ref Vector128<float> sum0, ref Vector128<float> sum1, ref Vector128<float> sum2, ref Vector128<float> sum3)
    {
        var sixteen = Vector128.Load(scales);
        sum0 = AddCodes(sum0, codes, Scale(sixteen, 0), x, values);
        sum1 = AddCodes(sum1, codes + Quarter, Scale(sixteen, Quarter), x + Quarter, values);
        sum2 = AddCodes(sum2, codes + (2 * Quarter), Scale(sixteen, 2 * Quarter), x + (2 * Quarter), values);
        sum3 = AddCodes(sum3, codes + (3 * Quarter), Scale(sixteen, 3 * Quarter), x + (3 * Quarter), values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddCodes(Vector128<float> sum, byte* codes, Vector128<float> scale, byte* x, Vector128<byte> values)
    {
        var first = FirstHalves(codes);
        var second = SecondHalves(codes);
        var sums = IntegerSums(Even(first, values), Odd(first, values), Even(second, values), Odd(second, values), x);
        return AdvSimd.FusedMultiplyAdd(sum, sums, scale * Vector128.Load((float*)(x + ActivationPanel.Scales)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Add(Vector128<float> sum, byte* w, byte* x) =>
        AdvSimd.FusedMultiplyAdd(sum, IntegerSums(w, x), Scales(w, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Scales(byte* w, byte* x) =>
        Vector128.Load((float*)(w + WeightTile.Scales)) * Vector128.Load((float*)(x + ActivationPanel.Scales));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> IntegerSums(byte* w, byte* x) => IntegerSums(
        Vector128.Load((sbyte*)w), Vector128.Load((sbyte*)w + Register), Vector128.Load((sbyte*)w + (2 * Register)), Vector128.Load((sbyte*)w + (3 * Register)), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> IntegerSums(Vector128<sbyte> w0, Vector128<sbyte> w1, Vector128<sbyte> w2, Vector128<sbyte> w3, byte* x)
    {
        var x0 = Vector128.Load((sbyte*)x);
        var x1 = Vector128.Load((sbyte*)x + Register);
        var x2 = Vector128.Load((sbyte*)x + (2 * Register));
        var x3 = Vector128.Load((sbyte*)x + (3 * Register));
        if (Dp.IsSupported)
        {
            var even = Dp.DotProduct(Dp.DotProduct(Vector128<int>.Zero, w0, x0), w2, x2);
            var odd = Dp.DotProduct(Dp.DotProduct(Vector128<int>.Zero, w1, x1), w3, x3);
            return AdvSimd.ConvertToSingle(even + odd);
        }

        // Four products of at most 12 · 127 in 16 bits; a lane has four such sums.
        var lower = AdvSimd.MultiplyWideningLower(w0.GetLower(), x0.GetLower());
        lower = AdvSimd.MultiplyWideningLowerAndAdd(lower, w1.GetLower(), x1.GetLower());
        lower = AdvSimd.MultiplyWideningLowerAndAdd(lower, w2.GetLower(), x2.GetLower());
        lower = AdvSimd.MultiplyWideningLowerAndAdd(lower, w3.GetLower(), x3.GetLower());
        var upper = AdvSimd.MultiplyWideningUpper(w0, x0);
        upper = AdvSimd.MultiplyWideningUpperAndAdd(upper, w1, x1);
        upper = AdvSimd.MultiplyWideningUpperAndAdd(upper, w2, x2);
        upper = AdvSimd.MultiplyWideningUpperAndAdd(upper, w3, x3);
        return AdvSimd.ConvertToSingle(AdvSimd.Arm64.AddPairwise(AdvSimd.AddPairwiseWidening(lower), AdvSimd.AddPairwiseWidening(upper)));
    }
}

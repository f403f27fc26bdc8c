using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in 128-bit vectors of any instruction set: four blocks, lanes 4q to 4q + 3, at a time.</summary>
internal sealed unsafe class PortableKernels : TiledKernels
{
    private const int Register = ActivationPanel.RegisterBytes;
    private const int QuarterBytes = 16;

    public override string Name => "128-bit vectors";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        var values = Vector128.Create(WeightTile.BiasedValues);
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
                var sum0 = Vector128<float>.Zero;
                var sum1 = Vector128<float>.Zero;
                var sum2 = Vector128<float>.Zero;
                var sum3 = Vector128<float>.Zero;
                for (var chunk = 0; chunk < chunks; chunk++)
                {
                    sum0 = Add(sum0, w, a);
                    sum1 = Add(sum1, w + QuarterBytes, a + QuarterBytes);
                    sum2 = Add(sum2, w + (2 * QuarterBytes), a + (2 * QuarterBytes));
                    sum3 = Add(sum3, w + (3 * QuarterBytes), a + (3 * QuarterBytes));
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
            for (var quarter = 0; quarter < Register; quarter += QuarterBytes)
            {
                var term = IntegerSums(tile + quarter, x + quarter) * Scales(tile + quarter, x + quarter);
                sum += Vector128.WidenLower(term) + Vector128.WidenUpper(term);
            }

            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        return Vector128.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DecodeChunk(byte* codes, byte* scales, Vector128<byte> values, byte* tile)
    {
        for (var quarter = 0; quarter < Register; quarter += QuarterBytes)
        {
            // (lower 0, lower 2, upper 0, upper 2), then the same of 1 and 3.
            var lower = Vector128.Load(codes + quarter).AsInt32();
            var upper = Vector128.Load(codes + Register + quarter).AsInt32();
            DecodeHalves(Interleave(lower, upper, Vector128.Create(0, 2, 0, 2)), values, tile + quarter);
            DecodeHalves(Interleave(lower, upper, Vector128.Create(1, 3, 1, 3)), values, tile + (2 * Register) + quarter);

            // An E4M3 number shifted into exponent and mantissa of a float32 is its value · 2⁻¹²⁰.
            var first = scales + (quarter / 8);
            var bits = Vector128.Create((uint)first[0], first[1], first[8], first[9]) << 20;
            bits.Store((uint*)(tile + WeightTile.Scales + quarter));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Interleave(Vector128<int> lower, Vector128<int> upper, Vector128<int> places) =>
        Vector128.Create(Vector128.Shuffle(lower, places).GetLower(), Vector128.Shuffle(upper, places).GetLower()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DecodeHalves(Vector128<byte> pairs, Vector128<byte> values, byte* tile)
    {
        var nibble = Vector128.Create((byte)15);
        Vector128.Shuffle(values, pairs & nibble).Store(tile);
        Vector128.Shuffle(values, (pairs.AsUInt16() >>> 4).AsByte() & nibble).Store(tile + Register);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Add(Vector128<float> sum, byte* w, byte* x) =>
        Vector128.FusedMultiplyAdd(IntegerSums(w, x), Scales(w, x), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Scales(byte* w, byte* x) =>
        Vector128.Load((float*)(w + WeightTile.Scales)) * Vector128.Load((float*)(x + ActivationPanel.Scales));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> IntegerSums(byte* w, byte* x)
    {
        var (lower0, upper0) = Products(w, x);
        var (lower1, upper1) = Products(w + Register, x + Register);
        var (lower2, upper2) = Products(w + (2 * Register), x + (2 * Register));
        var (lower3, upper3) = Products(w + (3 * Register), x + (3 * Register));
        var lower = AddAdjacent(lower0 + lower1 + (lower2 + lower3));
        var upper = AddAdjacent(upper0 + upper1 + (upper2 + upper3));

        // (lower 0 + 1, lower 2 + 3, upper 0 + 1, upper 2 + 3)
        var first = Interleave(lower, upper, Vector128.Create(0, 2, 0, 2)).AsInt32();
        var second = Interleave(lower, upper, Vector128.Create(1, 3, 1, 3)).AsInt32();
        return Vector128.ConvertToSingle(first + second - Vector128.Load((int*)(x + ActivationPanel.Offsets)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<short> Lower, Vector128<short> Upper) Products(byte* w, byte* x)
    {
        var weights = Vector128.Load(w);
        var integers = Vector128.Load((sbyte*)x);
        return (Vector128.WidenLower(weights).AsInt16() * Vector128.WidenLower(integers),
            Vector128.WidenUpper(weights).AsInt16() * Vector128.WidenUpper(integers));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddAdjacent(Vector128<short> values)
    {
        var pairs = values.AsInt32();
        return (pairs << 16 >> 16) + (pairs >> 16);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in 128-bit vectors of any instruction set: two blocks, lanes 4q to 4q + 3, at a time.</summary>
internal sealed unsafe class PortableKernels : KernelSet
{
    private const int Quarters = 4;
    private const int QuarterBytes = 16;

    public override string Name => "128-bit vectors";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        var values = Vector128.Create(WeightTile.BiasedValues);
        var chunks = ActivationPanel.ChunkCount(columns);
        for (var quarter = 0; quarter < chunks * Quarters; quarter++)
        {
            var destination = tile + (quarter / Quarters * WeightTile.ChunkBytes) + (quarter % Quarters * QuarterBytes);
            DecodeQuarter(codes, scales, columns - (quarter * 2 * QuarterBytes), values, destination);
            codes += QuarterBytes;
            scales += 2;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void TileDot4(byte* tile, int rowBytes, int chunks, byte* x, float* sums)
    {
        for (var row = 0; row < WeightTile.Rows; row++)
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

            sums[row] = LaneSum.Of(sum0 + sum2 + (sum1 + sum3));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var sum = Vector128<double>.Zero;
        for (var quarter = 0; quarter < chunks * Quarters; quarter++)
        {
            var w = tile + (quarter / Quarters * WeightTile.ChunkBytes) + (quarter % Quarters * QuarterBytes);
            var a = x + (quarter / Quarters * ActivationPanel.ChunkBytes) + (quarter % Quarters * QuarterBytes);
            var term = IntegerSums(w, a) * Scales(w, a);
            sum += Vector128.WidenLower(term) + Vector128.WidenUpper(term);
        }

        return Vector128.Sum(sum);
    }

    private static void DecodeQuarter(byte* codes, byte* scales, int columnsLeft, Vector128<byte> values, byte* tile)
    {
        var pairs = columnsLeft >= 2 * QuarterBytes ? Vector128.Load(codes)
            : columnsLeft > 0 ? Vector128.Create(Vector64.Load(codes), Vector64<byte>.Zero)
            : Vector128<byte>.Zero;
        var nibble = Vector128.Create((byte)15);
        Vector128.Shuffle(values, pairs & nibble).Store(tile);
        Vector128.Shuffle(values, (pairs.AsUInt16() >>> 4).AsByte() & nibble).Store(tile + WeightTile.OddColumns);

        // An E4M3 number shifted into exponent and mantissa of a float32 is its value · 2⁻¹²⁰.
        var first = columnsLeft > 0 ? (uint)scales[0] << 20 : 0;
        var second = columnsLeft >= 2 * QuarterBytes ? (uint)scales[1] << 20 : 0;
        Vector128.Create(first, first, second, second).Store((uint*)(tile + WeightTile.Scales));
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
        var (evenLower, evenUpper) = Products(Vector128.Load(w), Vector128.Load((sbyte*)x));
        var (oddLower, oddUpper) = Products(Vector128.Load(w + WeightTile.OddColumns), Vector128.Load((sbyte*)x + ActivationPanel.OddColumns));
        var lower = AddAdjacent(evenLower + oddLower);
        var upper = AddAdjacent(evenUpper + oddUpper);

        // (lower 0 + 1, lower 2 + 3, upper 0 + 1, upper 2 + 3)
        var first = Vector128.Create(Vector128.Shuffle(lower, Vector128.Create(0, 2, 0, 0)).GetLower(), Vector128.Shuffle(upper, Vector128.Create(0, 2, 0, 0)).GetLower());
        var second = Vector128.Create(Vector128.Shuffle(lower, Vector128.Create(1, 3, 0, 0)).GetLower(), Vector128.Shuffle(upper, Vector128.Create(1, 3, 0, 0)).GetLower());
        return Vector128.ConvertToSingle(first + second - Vector128.Load((int*)(x + ActivationPanel.Offsets)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<short> Lower, Vector128<short> Upper) Products(Vector128<byte> w, Vector128<sbyte> x) =>
        (Vector128.WidenLower(w).AsInt16() * Vector128.WidenLower(x), Vector128.WidenUpper(w).AsInt16() * Vector128.WidenUpper(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddAdjacent(Vector128<short> values)
    {
        var pairs = values.AsInt32();
        return (pairs << 16 >> 16) + (pairs >> 16);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in AVX2 and FMA: a chunk of 128 columns is two registers of weight codes, lanes 0–7 and 8–15.</summary>
internal sealed unsafe class Avx2Kernels : KernelSet
{
    private const int Half = 32;
    private const int HalfScales = 4;

    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public override string Name => "AVX2";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        var values = Values();
        var whole = columns / ActivationPanel.ChunkColumns;
        for (var chunk = 0; chunk < whole; chunk++)
        {
            Decode(codes, scales, values).Store(tile);
            Decode(codes + Half, scales + HalfScales, values).Store(tile + Half);
            codes += 2 * Half;
            scales += 2 * HalfScales;
            tile += WeightTile.ChunkBytes;
        }

        var rest = columns % ActivationPanel.ChunkColumns;
        if (rest > 0)
        {
            var tail = stackalloc byte[2 * (Half + HalfScales)];
            CopyTail(codes, scales, rest, tail);
            Decode(tail, tail + (2 * Half), values).Store(tile);
            Decode(tail + Half, tail + (2 * Half) + HalfScales, values).Store(tile + Half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Dot4(byte* codes, byte* scales, int columns, byte* x, float* sums, byte* scratch)
    {
        var tail = stackalloc byte[2 * (Half + HalfScales)];
        for (var row = 0; row < WeightTile.Rows; row++)
        {
            sums[row] = Dot(codes + ((long)row * columns / 2), scales + ((long)row * columns / 16), columns, x, tail);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void TileDot4(byte* tile, int rowBytes, int chunks, byte* x, float* sums)
    {
        for (var row = 0; row < WeightTile.Rows; row++)
        {
            var w = tile + ((long)row * rowBytes);
            var a = x;
            var lower = Vector256<float>.Zero;
            var upper = Vector256<float>.Zero;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                lower = Add(lower, Weights.Load(w), a);
                upper = Add(upper, Weights.Load(w + Half), a + Half);
                w += WeightTile.ChunkBytes;
                a += ActivationPanel.ChunkBytes;
            }

            sums[row] = LaneSum.Of(lower + upper);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var sum = Vector256<double>.Zero;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            sum += ExactSum(Weights.Load(tile), x) + ExactSum(Weights.Load(tile + Half), x + Half);
            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        return Vector256.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(byte* codes, byte* scales, int columns, byte* x, byte* tail)
    {
        var values = Values();
        var lower = Vector256<float>.Zero;
        var upper = Vector256<float>.Zero;
        var whole = columns / ActivationPanel.ChunkColumns;
        for (var chunk = 0; chunk < whole; chunk++)
        {
            lower = Add(lower, Decode(codes, scales, values), x);
            upper = Add(upper, Decode(codes + Half, scales + HalfScales, values), x + Half);
            codes += 2 * Half;
            scales += 2 * HalfScales;
            x += ActivationPanel.ChunkBytes;
        }

        var rest = columns % ActivationPanel.ChunkColumns;
        if (rest > 0)
        {
            CopyTail(codes, scales, rest, tail);
            lower = Add(lower, Decode(tail, tail + (2 * Half), values), x);
            upper = Add(upper, Decode(tail + Half, tail + (2 * Half) + HalfScales, values), x + Half);
        }

        return LaneSum.Of(lower + upper);
    }

    private static Vector256<byte> Values() =>
        Vector256.Create(Vector128.Create(WeightTile.BiasedValues), Vector128.Create(WeightTile.BiasedValues));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Weights Decode(byte* codes, byte* scales, Vector256<byte> values)
    {
        var pairs = Vector256.Load(codes);
        var nibble = Vector256.Create((byte)15);
        var even = Avx2.Shuffle(values, pairs & nibble);
        var odd = Avx2.Shuffle(values, (pairs.AsUInt16() >>> 4).AsByte() & nibble);

        // As in AVX-512: four E4M3 scales, each to two lanes and shifted into exponent and mantissa of a float32.
        var four = Vector256.Create(Unsafe.ReadUnaligned<uint>(scales)).AsByte();
        var spread = Vector256.Create(0x80008080u, 0x80008080u, 0x80018080u, 0x80018080u, 0x80028080u, 0x80028080u, 0x80038080u, 0x80038080u);
        var bits = Avx2.Shuffle(four, spread.AsByte()).AsUInt32() << 4;
        return new Weights(even, odd, bits.AsSingle());
    }

    private static void CopyTail(byte* codes, byte* scales, int columns, byte* tail)
    {
        new Span<byte>(tail, 2 * (Half + HalfScales)).Clear();
        Buffer.MemoryCopy(codes, tail, 2 * Half, columns / 2);
        Buffer.MemoryCopy(scales, tail + (2 * Half), 2 * HalfScales, columns / ActivationPanel.BlockColumns);
    }

    // x points to the half's even columns; its offsets and scales are twice as wide as a half is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(Vector256<float> sum, Weights w, byte* x) =>
        Fma.MultiplyAdd(IntegerSums(w, x), w.Scale * Vector256.Load((float*)(x + ActivationPanel.Scales)), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> ExactSum(Weights w, byte* x)
    {
        var term = IntegerSums(w, x) * (w.Scale * Vector256.Load((float*)(x + ActivationPanel.Scales)));
        return Avx.ConvertToVector256Double(term.GetLower()) + Avx.ConvertToVector256Double(term.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> IntegerSums(Weights w, byte* x)
    {
        var even = Avx2.MultiplyAddAdjacent(w.Even, Vector256.Load((sbyte*)x));
        var odd = Avx2.MultiplyAddAdjacent(w.Odd, Vector256.Load((sbyte*)x + ActivationPanel.OddColumns));
        var sums = Avx2.MultiplyAddAdjacent(even + odd, Vector256<short>.One) - Vector256.Load((int*)(x + ActivationPanel.Offsets));
        return Avx.ConvertToVector256Single(sums);
    }

    /// <summary>Half a decoded chunk of a weight row.</summary>
    private readonly struct Weights(Vector256<byte> even, Vector256<byte> odd, Vector256<float> scale)
    {
        public readonly Vector256<byte> Even = even;
        public readonly Vector256<byte> Odd = odd;
        public readonly Vector256<float> Scale = scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Weights Load(byte* tile) =>
            new(Vector256.Load(tile), Vector256.Load(tile + WeightTile.OddColumns), Vector256.Load((float*)(tile + WeightTile.Scales)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(byte* tile)
        {
            Even.Store(tile);
            Odd.Store(tile + WeightTile.OddColumns);
            Scale.Store((float*)(tile + WeightTile.Scales));
        }
    }
}

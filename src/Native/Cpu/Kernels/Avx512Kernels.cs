using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels in AVX-512 (F and BW): a chunk of 128 columns is one register of weight codes.</summary>
/// <remarks>
/// .NET 10 has no 512-bit VNNI, so products are summed by byte multiply-add. Its 16-bit sums stay far from saturation:
/// 4 products of at most 24 · 127 are 12,192.
/// </remarks>
internal sealed unsafe class Avx512Kernels : KernelSet
{
    private const int CodeBytes = ActivationPanel.ChunkColumns / 2;
    private const int ScaleBytes = ActivationPanel.ChunkColumns / ActivationPanel.BlockColumns;
    private const int TailBytes = CodeBytes + ScaleBytes;
    private const int FarthestPrefetch = 4096;

    public static bool IsSupported => Avx512BW.IsSupported;

    public override string Name => "AVX-512";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        var values = Values();
        var spread = Spread();
        var whole = columns / ActivationPanel.ChunkColumns;
        for (var chunk = 0; chunk < whole; chunk++)
        {
            Decode(codes, scales, values, spread).Store(tile);
            codes += CodeBytes;
            scales += ScaleBytes;
            tile += WeightTile.ChunkBytes;
        }

        var rest = columns % ActivationPanel.ChunkColumns;
        if (rest > 0)
        {
            var tail = stackalloc byte[TailBytes];
            CopyTail(codes, scales, rest, tail);
            Decode(tail, tail + CodeBytes, values, spread).Store(tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Dot4(byte* codes, byte* scales, int columns, byte* x, float* sums, byte* scratch)
    {
        nint codeStride = columns / 2;
        nint scaleStride = columns / ActivationPanel.BlockColumns;
        var whole = columns / ActivationPanel.ChunkColumns;

        // Four short rows are too short for the hardware to see where the reading goes.
        var ahead = int.Min(WeightTile.Rows * (int)codeStride, FarthestPrefetch);

        // Copied before anything is in registers: a call in between would spill all of them.
        var rest = columns % ActivationPanel.ChunkColumns;
        var tail = stackalloc byte[WeightTile.Rows * TailBytes];
        for (var row = 0; rest > 0 && row < WeightTile.Rows; row++)
        {
            CopyTail(codes + (row * codeStride) + (whole * CodeBytes), scales + (row * scaleStride) + (whole * ScaleBytes), rest, tail + (row * TailBytes));
        }

        var values = Values();
        var spread = Spread();
        var sum0 = Vector512<float>.Zero;
        var sum1 = Vector512<float>.Zero;
        var sum2 = Vector512<float>.Zero;
        var sum3 = Vector512<float>.Zero;
        for (var chunk = 0; chunk < whole; chunk++)
        {
            Prefetch(codes + ahead, codeStride);
            var a = Activations.Load(x);
            sum0 = Add(sum0, Decode(codes, scales, values, spread), a);
            sum1 = Add(sum1, Decode(codes + codeStride, scales + scaleStride, values, spread), a);
            sum2 = Add(sum2, Decode(codes + (2 * codeStride), scales + (2 * scaleStride), values, spread), a);
            sum3 = Add(sum3, Decode(codes + (3 * codeStride), scales + (3 * scaleStride), values, spread), a);
            codes += CodeBytes;
            scales += ScaleBytes;
            x += ActivationPanel.ChunkBytes;
        }

        if (rest > 0)
        {
            var a = Activations.Load(x);
            sum0 = Add(sum0, Decode(tail, tail + CodeBytes, values, spread), a);
            sum1 = Add(sum1, Decode(tail + TailBytes, tail + TailBytes + CodeBytes, values, spread), a);
            sum2 = Add(sum2, Decode(tail + (2 * TailBytes), tail + (2 * TailBytes) + CodeBytes, values, spread), a);
            sum3 = Add(sum3, Decode(tail + (3 * TailBytes), tail + (3 * TailBytes) + CodeBytes, values, spread), a);
        }

        sums[0] = LaneSum.Of(sum0);
        sums[1] = LaneSum.Of(sum1);
        sums[2] = LaneSum.Of(sum2);
        sums[3] = LaneSum.Of(sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void TileDot4(byte* tile, int rowBytes, int chunks, byte* x, float* sums)
    {
        var sum0 = Vector512<float>.Zero;
        var sum1 = Vector512<float>.Zero;
        var sum2 = Vector512<float>.Zero;
        var sum3 = Vector512<float>.Zero;
        nint stride = rowBytes;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var a = Activations.Load(x);
            sum0 = Add(sum0, Weights.Load(tile), a);
            sum1 = Add(sum1, Weights.Load(tile + stride), a);
            sum2 = Add(sum2, Weights.Load(tile + (2 * stride)), a);
            sum3 = Add(sum3, Weights.Load(tile + (3 * stride)), a);
            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        sums[0] = LaneSum.Of(sum0);
        sums[1] = LaneSum.Of(sum1);
        sums[2] = LaneSum.Of(sum2);
        sums[3] = LaneSum.Of(sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void TileDot4x2(byte* tile, int rowBytes, int chunks, byte* x0, byte* x1, float* sums)
    {
        var sum00 = Vector512<float>.Zero;
        var sum01 = Vector512<float>.Zero;
        var sum10 = Vector512<float>.Zero;
        var sum11 = Vector512<float>.Zero;
        var sum20 = Vector512<float>.Zero;
        var sum21 = Vector512<float>.Zero;
        var sum30 = Vector512<float>.Zero;
        var sum31 = Vector512<float>.Zero;
        nint stride = rowBytes;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var a0 = Activations.Load(x0);
            var a1 = Activations.Load(x1);
            var w = Weights.Load(tile);
            sum00 = Add(sum00, w, a0);
            sum01 = Add(sum01, w, a1);
            w = Weights.Load(tile + stride);
            sum10 = Add(sum10, w, a0);
            sum11 = Add(sum11, w, a1);
            w = Weights.Load(tile + (2 * stride));
            sum20 = Add(sum20, w, a0);
            sum21 = Add(sum21, w, a1);
            w = Weights.Load(tile + (3 * stride));
            sum30 = Add(sum30, w, a0);
            sum31 = Add(sum31, w, a1);
            tile += WeightTile.ChunkBytes;
            x0 += ActivationPanel.ChunkBytes;
            x1 += ActivationPanel.ChunkBytes;
        }

        sums[0] = LaneSum.Of(sum00);
        sums[1] = LaneSum.Of(sum10);
        sums[2] = LaneSum.Of(sum20);
        sums[3] = LaneSum.Of(sum30);
        sums[4] = LaneSum.Of(sum01);
        sums[5] = LaneSum.Of(sum11);
        sums[6] = LaneSum.Of(sum21);
        sums[7] = LaneSum.Of(sum31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var w = Weights.Load(tile);
            var a = Activations.Load(x);
            var term = IntegerSums(w, a) * (w.Scale * a.Scale);
            lower += Avx512F.ConvertToVector512Double(term.GetLower());
            upper += Avx512F.ConvertToVector512Double(term.GetUpper());
            tile += WeightTile.ChunkBytes;
            x += ActivationPanel.ChunkBytes;
        }

        return Vector512.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Values()
    {
        var half = Vector256.Create(Vector128.Create(WeightTile.BiasedValues), Vector128.Create(WeightTile.BiasedValues));
        return Vector512.Create(half, half);
    }

    // Puts the scale of block b into the third byte of lanes 2b and 2b + 1; an index of 128 or more gives zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Spread() => Vector512.Create(
        0x80008080, 0x80008080, 0x80018080, 0x80018080, 0x80028080, 0x80028080, 0x80038080, 0x80038080,
        0x80048080, 0x80048080, 0x80058080, 0x80058080, 0x80068080, 0x80068080, 0x80078080, 0x80078080).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* codes, nint stride)
    {
        Sse.Prefetch0(codes);
        Sse.Prefetch0(codes + stride);
        Sse.Prefetch0(codes + (2 * stride));
        Sse.Prefetch0(codes + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Weights Decode(byte* codes, byte* scales, Vector512<byte> values, Vector512<byte> spread)
    {
        var pairs = Vector512.Load(codes);
        var nibble = Vector512.Create((byte)15);
        var even = Avx512BW.Shuffle(values, pairs & nibble);
        var odd = Avx512BW.Shuffle(values, (pairs.AsUInt16() >>> 4).AsByte() & nibble);

        // The 7 bits of an E4M3 number, shifted up to exponent and mantissa of a float32, are its value · 2⁻¹²⁰, subnormals included.
        var bits = Avx512BW.Shuffle(Vector512.Create(Unsafe.ReadUnaligned<ulong>(scales)).AsByte(), spread).AsUInt32() << 4;
        return new Weights(even, odd, bits.AsSingle());
    }

    private static void CopyTail(byte* codes, byte* scales, int columns, byte* tail)
    {
        new Span<byte>(tail, TailBytes).Clear();
        Buffer.MemoryCopy(codes, tail, CodeBytes, columns / 2);
        Buffer.MemoryCopy(scales, tail + CodeBytes, ScaleBytes, columns / ActivationPanel.BlockColumns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, Weights w, Activations a) =>
        Avx512F.FusedMultiplyAdd(IntegerSums(w, a), w.Scale * a.Scale, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> IntegerSums(Weights w, Activations a)
    {
        var pairs = Avx512BW.MultiplyAddAdjacent(w.Even, a.Even) + Avx512BW.MultiplyAddAdjacent(w.Odd, a.Odd);
        var sums = Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One) - a.Offset;
        return Avx512F.ConvertToVector512Single(sums);
    }

    /// <summary>A decoded chunk of a weight row.</summary>
    private readonly struct Weights(Vector512<byte> even, Vector512<byte> odd, Vector512<float> scale)
    {
        public readonly Vector512<byte> Even = even;
        public readonly Vector512<byte> Odd = odd;
        public readonly Vector512<float> Scale = scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Weights Load(byte* tile) =>
            new(Vector512.Load(tile), Vector512.Load(tile + WeightTile.OddColumns), Vector512.Load((float*)(tile + WeightTile.Scales)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(byte* tile)
        {
            Even.Store(tile);
            Odd.Store(tile + WeightTile.OddColumns);
            Scale.Store((float*)(tile + WeightTile.Scales));
        }
    }

    /// <summary>A chunk of a token's activations.</summary>
    private readonly struct Activations(Vector512<sbyte> even, Vector512<sbyte> odd, Vector512<int> offset, Vector512<float> scale)
    {
        public readonly Vector512<sbyte> Even = even;
        public readonly Vector512<sbyte> Odd = odd;
        public readonly Vector512<int> Offset = offset;
        public readonly Vector512<float> Scale = scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Activations Load(byte* x) => new(
            Vector512.Load((sbyte*)x),
            Vector512.Load((sbyte*)x + ActivationPanel.OddColumns),
            Vector512.Load((int*)(x + ActivationPanel.Offsets)),
            Vector512.Load((float*)(x + ActivationPanel.Scales)));
    }
}

using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The NVFP4 matrix products of one instruction set: y = W x for a panel of tokens.</summary>
/// <remarks>
/// <para>Every set computes the same operations in the same order on the same 16 lanes, so that the results are equal to the last bit on
/// every machine, and whatever else is in the panel; tests compare the sets that the machine supports with the scalar one.</para>
/// <para>A lane holds the sum over blocks: an integer sum of 16 products, times weight scale · activation scale.</para>
/// </remarks>
internal abstract unsafe class KernelSet
{
    /// <summary>Bytes of codes and of scales in a chunk of a weight row.</summary>
    protected const int CodeBytes = ActivationPanel.ChunkColumns / 2;

    /// <inheritdoc cref="CodeBytes"/>
    protected const int ScaleBytes = ActivationPanel.ChunkColumns / ActivationPanel.BlockColumns;

    // The panel's scales are 2⁶⁰ too large and the weight's 2¹²⁰ too small.
    private const float Unit = 1L << 60;

    // Both factors of an exact product are twice their value.
    private const double ExactUnit = 0.25 * Unit;

    /// <summary>The sets this machine supports, best first; the last two run everywhere.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } =
    [
        .. Avx512Kernels.IsSupported ? (ReadOnlySpan<KernelSet>)[new Avx512Kernels()] : [],
        .. Avx2Kernels.IsSupported ? (ReadOnlySpan<KernelSet>)[new Avx2Kernels()] : [],
        .. AdvSimdKernels.IsSupported ? (ReadOnlySpan<KernelSet>)[new AdvSimdKernels()] : [],
        new PortableKernels(),
        new ScalarKernels(),
    ];

    /// <summary>The one place where the instruction set is chosen.</summary>
    public static KernelSet Best { get; } = Supported[0];

    public abstract string Name { get; }

    /// <summary>Bytes of scratch memory a product needs.</summary>
    public virtual int ScratchBytes(int columns) => WeightTile.Rows * WeightTile.RowBytes(columns);

    /// <summary>FP4 weights × 8-bit activations, rows <paramref name="first"/> to <paramref name="last"/> (exclusive) of every token.</summary>
    public void Multiply(in NvFp4Tensor w, int first, int last, ActivationPanel x, int tokens, float* y, int stride, byte* scratch)
    {
        nint xStride = x.Chunks * ActivationPanel.ChunkBytes;
        MultiplyRows(
            Codes(w, first), Scales(w, first), w.Columns, last - first, x.Row(0), xStride, tokens, 0.5f * w.WeightScale * Unit, y + first, stride, scratch);
    }

    /// <summary>FP4 weights × FP4 activations (W4A4): exact sums, then one rounding to BF16.</summary>
    public void MultiplyExact(in NvFp4Tensor w, int first, int last, ActivationPanel x, int tokens, float* y, int stride, byte* scratch)
    {
        var alpha = w.InputScale * w.WeightScale;
        var rowBytes = WeightTile.RowBytes(w.Columns);
        for (var row = first; row < last; row += WeightTile.Rows)
        {
            var rows = int.Min(WeightTile.Rows, last - row);
            DecodeRows(Codes(w, row), Scales(w, row), w.Columns, rows, scratch);
            for (var token = 0; token < tokens; token++)
            {
                for (var i = 0; i < rows; i++)
                {
                    var sum = ExactTileDot(scratch + ((long)i * rowBytes), x.Chunks, x.Row(token)) * ExactUnit;
                    y[((long)token * stride) + row + i] = Bf16.Round((float)sum * alpha);
                }
            }
        }
    }

    /// <summary>Decodes one row of weights into the tile; <paramref name="tile"/> is zeroed past the last column.</summary>
    protected abstract void DecodeRow(byte* codes, byte* scales, int columns, byte* tile);

    /// <summary>One decoded row times one token, summed in float64.</summary>
    protected abstract double ExactTileDot(byte* tile, int chunks, byte* x);

    /// <summary>Rows as they lie in the file times every token; y = scale · sum.</summary>
    protected abstract void MultiplyRows(
        byte* codes, byte* scales, int columns, int rows, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride, byte* scratch);

    /// <summary>Copies the rest of a row, less than a chunk, and zeros: nothing may be read past the last column, where the mapping may end.</summary>
    protected static void CopyTail(byte* codes, byte* scales, int columns, byte* tail)
    {
        new Span<byte>(tail, CodeBytes + ScaleBytes).Clear();
        Buffer.MemoryCopy(codes, tail, CodeBytes, columns / 2);
        Buffer.MemoryCopy(scales, tail + CodeBytes, ScaleBytes, columns / ActivationPanel.BlockColumns);
    }

    /// <summary>Decodes up to four rows into a tile.</summary>
    protected void DecodeRows(byte* codes, byte* scales, int columns, int rows, byte* tile)
    {
        for (var i = 0; i < rows; i++)
        {
            DecodeRow(codes, scales, columns, tile);
            codes += columns / 2;
            scales += columns / ActivationPanel.BlockColumns;
            tile += WeightTile.RowBytes(columns);
        }
    }

    private static byte* Codes(in NvFp4Tensor w, int row) => w.Codes + ((long)row * w.Columns / 2);

    private static byte* Scales(in NvFp4Tensor w, int row) => w.BlockScales + ((long)row * w.Columns / ActivationPanel.BlockColumns);
}

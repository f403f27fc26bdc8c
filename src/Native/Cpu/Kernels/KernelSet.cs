using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The NVFP4 matrix products of one instruction set: y = W x for a panel of tokens.</summary>
/// <remarks>
/// <para>Every set computes the same operations in the same order on the same 16 lanes, so the results are equal to the last bit on
/// every machine, and whatever else is in the panel.</para>
/// <para>A lane holds the sum over blocks: an integer sum of 16 products, times weight scale · activation scale.</para>
/// </remarks>
internal abstract unsafe class KernelSet
{
    // The panel's scales are 2⁶⁰ too large and the weight's 2¹²⁰ too small.
    private const float Unit = 1L << 60;

    // Both factors of an exact product are twice their value.
    private const double ExactUnit = 0.25 * Unit;

    /// <summary>The sets this machine supports, best first; the last two run everywhere.</summary>
    public static IReadOnlyList<KernelSet> Supported { get; } =
    [
        .. Avx512Kernels.IsSupported ? (ReadOnlySpan<KernelSet>)[new Avx512Kernels()] : [],
        .. Avx2Kernels.IsSupported ? (ReadOnlySpan<KernelSet>)[new Avx2Kernels()] : [],
        new PortableKernels(),
        new ScalarKernels(),
    ];

    /// <summary>The one place where the instruction set is chosen.</summary>
    public static KernelSet Best { get; } = Supported[0];

    public abstract string Name { get; }

    /// <summary>Bytes of scratch memory a product needs.</summary>
    public static int ScratchBytes(int columns) => WeightTile.Rows * WeightTile.RowBytes(columns);

    /// <summary>FP4 weights × 8-bit activations, rows <paramref name="first"/> to <paramref name="last"/> (exclusive) of every token.</summary>
    public void Multiply(in NvFp4Tensor w, int first, int last, ActivationPanel x, int tokens, float* y, int stride, byte* scratch)
    {
        var scale = 0.5f * w.WeightScale * Unit;
        if (tokens == 1)
        {
            Dot(Codes(w, first), Scales(w, first), w.Columns, last - first, x.Row(0), scale, y + first, scratch);
            return;
        }

        nint xStride = x.Chunks * ActivationPanel.ChunkBytes;
        for (var row = first; row < last; row += WeightTile.Rows)
        {
            var rows = int.Min(WeightTile.Rows, last - row);
            DecodeRows(w, row, rows, scratch);
            TileDot(scratch, WeightTile.RowBytes(w.Columns), rows, x.Chunks, x.Row(0), xStride, tokens, scale, y + row, stride);
        }
    }

    /// <summary>FP4 weights × FP4 activations (W4A4): exact sums, then one rounding to BF16.</summary>
    public void MultiplyExact(in NvFp4Tensor w, int first, int last, ActivationPanel x, int tokens, float* y, int stride, byte* scratch)
    {
        var alpha = w.InputScale * w.WeightScale;
        var rowBytes = WeightTile.RowBytes(w.Columns);
        for (var row = first; row < last; row += WeightTile.Rows)
        {
            var rows = int.Min(WeightTile.Rows, last - row);
            DecodeRows(w, row, rows, scratch);
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

    /// <summary>Up to four decoded rows times every token; y = scale · sum.</summary>
    protected abstract void TileDot(
        byte* tile, int rowBytes, int rows, int chunks, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride);

    /// <summary>One decoded row times one token, summed in float64.</summary>
    protected abstract double ExactTileDot(byte* tile, int chunks, byte* x);

    /// <summary>Rows as they lie in the file times one token.</summary>
    protected virtual void Dot(byte* codes, byte* scales, int columns, int rows, byte* x, float scale, float* y, byte* scratch)
    {
        for (var row = 0; row < rows; row++)
        {
            DecodeRow(codes, scales, columns, scratch);
            TileDot(scratch, 0, 1, ActivationPanel.ChunkCount(columns), x, 0, 1, scale, y + row, 0);
            codes += columns / 2;
            scales += columns / ActivationPanel.BlockColumns;
        }
    }

    private void DecodeRows(in NvFp4Tensor w, int row, int rows, byte* tile)
    {
        for (var i = 0; i < rows; i++)
        {
            DecodeRow(Codes(w, row + i), Scales(w, row + i), w.Columns, tile + ((long)i * WeightTile.RowBytes(w.Columns)));
        }
    }

    private static byte* Codes(in NvFp4Tensor w, int row) => w.Codes + ((long)row * w.Columns / 2);

    private static byte* Scales(in NvFp4Tensor w, int row) => w.BlockScales + ((long)row * w.Columns / ActivationPanel.BlockColumns);
}

using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The NVFP4 matrix products of one instruction set: y = W x for a panel of tokens.</summary>
/// <remarks>
/// <para>Every set computes the same operations in the same order on the same 16 lanes, so the results are equal to the last bit on
/// every machine, and whatever else is in the panel.</para>
/// <para>A lane holds the sum over half blocks: an integer sum of 8 products, times weight scale · activation scale.</para>
/// </remarks>
internal abstract unsafe class KernelSet
{
    // The panel's scales are 2⁶⁰ too large and the weight's 2¹²⁰ too small.
    private const float Unit = 1L << 60;

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
        var sums = stackalloc float[2 * WeightTile.Rows];
        var row = first;
        for (; tokens == 1 && row + WeightTile.Rows <= last; row += WeightTile.Rows)
        {
            Dot4(Codes(w, row), Scales(w, row), w.Columns, x.Row(0), sums, scratch);
            Write(sums, WeightTile.Rows, scale, y + row);
        }

        var rowBytes = WeightTile.RowBytes(w.Columns);
        for (; row < last; row += WeightTile.Rows)
        {
            var rows = int.Min(WeightTile.Rows, last - row);
            DecodeRows(w, row, rows, scratch);
            var token = 0;
            for (; token + 2 <= tokens; token += 2)
            {
                TileDot4x2(scratch, rowBytes, x.Chunks, x.Row(token), x.Row(token + 1), sums);
                Write(sums, rows, scale, y + ((long)token * stride) + row);
                Write(sums + WeightTile.Rows, rows, scale, y + ((long)(token + 1) * stride) + row);
            }

            if (token < tokens)
            {
                TileDot4(scratch, rowBytes, x.Chunks, x.Row(token), sums);
                Write(sums, rows, scale, y + ((long)token * stride) + row);
            }
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
                    // Both factors of a product are twice their value.
                    var sum = ExactTileDot(scratch + ((long)i * rowBytes), x.Chunks, x.Row(token)) * (0.25 * Unit);
                    y[((long)token * stride) + row + i] = Bf16.Round((float)sum * alpha);
                }
            }
        }
    }

    /// <summary>Decodes one row of weights into the tile; <paramref name="tile"/> is zeroed past the last column.</summary>
    protected abstract void DecodeRow(byte* codes, byte* scales, int columns, byte* tile);

    /// <summary>Four decoded rows times one token.</summary>
    protected abstract void TileDot4(byte* tile, int rowBytes, int chunks, byte* x, float* sums);

    /// <summary>One decoded row times one token, summed in float64.</summary>
    protected abstract double ExactTileDot(byte* tile, int chunks, byte* x);

    /// <summary>Four decoded rows times two tokens.</summary>
    protected virtual void TileDot4x2(byte* tile, int rowBytes, int chunks, byte* x0, byte* x1, float* sums)
    {
        TileDot4(tile, rowBytes, chunks, x0, sums);
        TileDot4(tile, rowBytes, chunks, x1, sums + WeightTile.Rows);
    }

    /// <summary>Four rows as they lie in the file times one token.</summary>
    protected virtual void Dot4(byte* codes, byte* scales, int columns, byte* x, float* sums, byte* scratch)
    {
        var rowBytes = WeightTile.RowBytes(columns);
        for (var i = 0; i < WeightTile.Rows; i++)
        {
            DecodeRow(codes + ((long)i * columns / 2), scales + ((long)i * columns / 16), columns, scratch + ((long)i * rowBytes));
        }

        TileDot4(scratch, rowBytes, ActivationPanel.ChunkCount(columns), x, sums);
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

    private static void Write(float* sums, int rows, float scale, float* y)
    {
        for (var i = 0; i < rows; i++)
        {
            y[i] = sums[i] * scale;
        }
    }
}

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Kernels that decode four rows of weights into a tile and multiply it with one token after the other.</summary>
internal abstract unsafe class TiledKernels : KernelSet
{
    /// <summary>Up to four decoded rows times every token; y = scale · sum.</summary>
    protected abstract void TileDot(
        byte* tile, int rowBytes, int rows, int chunks, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride);

    protected override void MultiplyRows(
        byte* codes, byte* scales, int columns, int rows, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride, byte* scratch)
    {
        for (var row = 0; row < rows; row += WeightTile.Rows)
        {
            var rowsOfTile = int.Min(WeightTile.Rows, rows - row);
            DecodeRows(codes + ((long)row * columns / 2), scales + ((long)row * columns / ActivationPanel.BlockColumns), columns, rowsOfTile, scratch);
            TileDot(scratch, WeightTile.RowBytes(columns), rowsOfTile, ActivationPanel.ChunkCount(columns), x, xStride, tokens, scale, y + row, yStride);
        }
    }
}

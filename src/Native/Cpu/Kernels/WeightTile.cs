namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Layout of four weight rows decoded for reuse over a panel of tokens.</summary>
/// <remarks>
/// A row is a sequence of chunks of 128 columns, 192 bytes each: 12 + 2 · E2M1 of the 64 even columns, of the 64 odd columns, then
/// the block scale · 2⁻¹²⁰ of 16 lanes of half a block each.
/// </remarks>
internal static class WeightTile
{
    public const int Rows = 4;
    public const int ChunkBytes = 192;
    public const int OddColumns = 64;
    public const int Scales = 128;

    /// <summary>12 + 2 · E2M1 by code.</summary>
    public static ReadOnlySpan<byte> BiasedValues => [12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0];

    public static int RowBytes(int columns) => ActivationPanel.ChunkCount(columns) * ChunkBytes;
}

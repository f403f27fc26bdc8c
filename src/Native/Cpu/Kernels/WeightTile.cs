namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Layout of four weight rows decoded for reuse over a panel of tokens.</summary>
/// <remarks>
/// A row is a sequence of chunks of 256 columns, 320 bytes each: 12 + 2 · E2M1 in four registers, in the order of the
/// <see cref="ActivationPanel"/>, then the block scale · 2⁻¹²⁰ of each lane.
/// </remarks>
internal static class WeightTile
{
    public const int Rows = 4;
    public const int ChunkBytes = 320;
    public const int Scales = 256;

    /// <summary>12 + 2 · E2M1 by code.</summary>
    public static ReadOnlySpan<byte> BiasedValues => [12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0];

    public static int RowBytes(int columns) => ActivationPanel.ChunkCount(columns) * ChunkBytes;
}

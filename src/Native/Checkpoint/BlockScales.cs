namespace LlamaFp4.Native.Checkpoint;

/// <summary>Looks for block scales that no quantiser writes: NaN (0x7F, 0xFF) and negative ones.</summary>
/// <remarks>Kernels turn scales into floats by shifting bits, which would read a NaN as 480 and lose the sign.</remarks>
internal static class BlockScales
{
    private const byte LargestScale = 0x7E;

    // Spans end at 2 GB, the scales of one tensor need not.
    private const int ChunkLength = 1 << 30;

    /// <summary>Position of the first scale that is NaN or negative, or −1.</summary>
    public static long IndexOfInvalid(TensorView scales)
    {
        for (var start = 0L; start < scales.ByteLength; start += ChunkLength)
        {
            var chunk = scales.Slice(start, (int)long.Min(ChunkLength, scales.ByteLength - start));
            var index = chunk.IndexOfAnyExceptInRange((byte)0, LargestScale);
            if (index >= 0)
            {
                return start + index;
            }
        }

        return -1;
    }
}

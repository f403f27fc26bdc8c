namespace LlamaFp4.Native.Checkpoint;

/// <summary>NVFP4: E2M1 codes in blocks of 16 with an E4M3 scale each, and one float32 scale for the tensor.</summary>
internal static class NvFp4
{
    public const int BlockSize = 16;

    /// <summary>Largest magnitude over tensor scale: 6 × 448.</summary>
    public const float Range = E2M1.Largest * E4M3.Largest;

    /// <summary>values[i] = E2M1(code[i]) · (E4M3(blockScale[i / 16]) · tensorScale), in float32 and in that order.</summary>
    public static void Dequantize(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> blockScales, float tensorScale, Span<float> values)
    {
        RequireLengths(values.Length, codes.Length, blockScales.Length);
        for (var i = 0; i < values.Length; i++)
        {
            var code = (i & 1) == 0 ? codes[i / 2] & 15 : codes[i / 2] >> 4;
            values[i] = E2M1.Values[code] * (E4M3.Decode(blockScales[i / BlockSize]) * tensorScale);
        }
    }

    public static void RequireLengths(int values, int codes, int blockScales)
    {
        if (values % BlockSize != 0 || codes != values / 2 || blockScales != values / BlockSize)
        {
            throw new ArgumentException(
                $"{values} values, {codes} bytes of codes and {blockScales} block scales do not belong together: expected whole blocks of {BlockSize}, two codes a byte.");
        }
    }
}

namespace LlamaFp4.Native.Checkpoint;

/// <summary>The 8-bit float of the block scales ("fn" variant): bias 7, largest 448, 0x7F and 0xFF are NaN, no infinities.</summary>
internal static class E4M3
{
    public const float Largest = 448;

    private const byte Sign = 0x80;
    private const byte LargestCode = 0x7E;
    private const byte NaN = 0x7F;
    private const float SmallestNormal = 1f / 64;
    private const float SmallestSubnormal = 1f / 512;

    private static readonly float[] Table = [.. Enumerable.Range(0, 256).Select(code => Compute((byte)code))];

    public static float Decode(byte code) => Table[code];

    /// <summary>Rounds to the nearest code, ties to the even one, and saturates at ±448.</summary>
    public static byte Encode(float value)
    {
        var sign = float.IsNegative(value) ? Sign : (byte)0;
        return (byte)(sign | EncodeMagnitude(MathF.Abs(value)));
    }

    private static byte EncodeMagnitude(float magnitude)
    {
        const int droppedBits = 20;
        if (float.IsNaN(magnitude))
        {
            return NaN;
        }

        if (magnitude < SmallestNormal)
        {
            return (byte)MathF.Round(magnitude / SmallestSubnormal, MidpointRounding.ToEven);
        }

        if (magnitude >= Largest)
        {
            return LargestCode;
        }

        // Adding just under half of the last kept place, or half where that place is odd, rounds to nearest even;
        // a carry runs into the exponent as it should.
        var bits = BitConverter.SingleToUInt32Bits(magnitude);
        var isOdd = (bits >> droppedBits) & 1;
        var rounded = (bits + (1u << (droppedBits - 1)) - 1 + isOdd) >> droppedBits;
        return (byte)(rounded - ((127 - 7) << 3));
    }

    private static float Compute(byte code)
    {
        var exponent = (code >> 3) & 15;
        var mantissa = code & 7;
        var magnitude = (code & NaN) == NaN ? float.NaN
            : exponent == 0 ? mantissa * SmallestSubnormal
            : MathF.ScaleB(1 + (mantissa / 8f), exponent - 7);
        return (code & Sign) == 0 ? magnitude : -magnitude;
    }
}

namespace LlamaFp4.Native.Guidance;

/// <summary>A range of code points as sequences of byte ranges that spell it in UTF-8.</summary>
internal static class Utf8Ranges
{
    private static ReadOnlySpan<int> LastOfLength => [0x7F, 0x7FF, 0xFFFF, CodePointSet.MaxCodePoint];

    public static IEnumerable<(byte First, byte Last)[]> Split(CodePointRange range)
    {
        var result = new List<(byte, byte)[]>();
        var first = range.First;
        for (var length = 1; length <= 4; length++)
        {
            var last = Math.Min(range.Last, LastOfLength[length - 1]);
            if (first <= last)
            {
                SplitLength(first, last, length, result);
                first = last + 1;
            }
        }

        return result;
    }

    // Splits until below some byte both ends span all continuation bytes; then each position is one range.
    private static void SplitLength(int first, int last, int length, List<(byte, byte)[]> result)
    {
        for (var i = 1; i < length; i++)
        {
            var mask = (1 << (6 * i)) - 1;
            if ((first & ~mask) == (last & ~mask))
            {
                continue;
            }

            if ((first & mask) != 0)
            {
                SplitLength(first, first | mask, length, result);
                SplitLength((first | mask) + 1, last, length, result);
                return;
            }

            if ((last & mask) != mask)
            {
                SplitLength(first, (last & ~mask) - 1, length, result);
                SplitLength(last & ~mask, last, length, result);
                return;
            }
        }

        var sequence = new (byte, byte)[length];
        for (var i = 0; i < length; i++)
        {
            sequence[i] = (ByteAt(first, i, length), ByteAt(last, i, length));
        }

        result.Add(sequence);
    }

    private static byte ByteAt(int codePoint, int index, int length)
    {
        if (length == 1)
        {
            return (byte)codePoint;
        }

        var bits = codePoint >> (6 * (length - 1 - index));
        return index == 0 ? (byte)((0xF00 >> length) | bits) : (byte)(0x80 | (bits & 0x3F));
    }
}

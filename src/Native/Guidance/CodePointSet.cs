namespace LlamaFp4.Native.Guidance;

/// <summary>A set of Unicode code points as sorted, disjoint, non-adjacent ranges. Surrogates are never members.</summary>
internal sealed class CodePointSet
{
    public const int MaxCodePoint = 0x10FFFF;
    private const int FirstSurrogate = 0xD800;
    private const int LastSurrogate = 0xDFFF;

    private CodePointSet(List<CodePointRange> ranges) => Ranges = ranges;

    public static CodePointSet All { get; } = Of(new CodePointRange(0, MaxCodePoint));

    public static CodePointSet Empty { get; } = Of();

    public IReadOnlyList<CodePointRange> Ranges { get; }

    public bool IsEmpty => Ranges.Count == 0;

    public static CodePointSet Of(params ReadOnlySpan<CodePointRange> ranges) => Normalise([.. ranges]);

    public static CodePointSet OfCharacters(string characters)
    {
        var ranges = new List<CodePointRange>();
        foreach (var rune in characters.EnumerateRunes())
        {
            ranges.Add(new CodePointRange(rune.Value, rune.Value));
        }

        return Normalise(ranges);
    }

    public CodePointSet Union(CodePointSet other) => Normalise([.. Ranges, .. other.Ranges]);

    public CodePointSet Negate()
    {
        var result = new List<CodePointRange>();
        var next = 0;
        foreach (var range in Ranges)
        {
            if (range.First > next)
            {
                result.Add(new CodePointRange(next, range.First - 1));
            }

            next = range.Last + 1;
        }

        if (next <= MaxCodePoint)
        {
            result.Add(new CodePointRange(next, MaxCodePoint));
        }

        return Normalise(result);
    }

    public CodePointSet Intersect(CodePointSet other) => Negate().Union(other.Negate()).Negate();

    public bool Contains(int codePoint)
    {
        foreach (var range in Ranges)
        {
            if (codePoint <= range.Last)
            {
                return codePoint >= range.First;
            }
        }

        return false;
    }

    private static CodePointSet Normalise(List<CodePointRange> ranges)
    {
        var split = new List<CodePointRange>(ranges.Count);
        foreach (var range in ranges)
        {
            AddWithoutSurrogates(split, range);
        }

        split.Sort((a, b) => a.First.CompareTo(b.First));
        var result = new List<CodePointRange>(split.Count);
        foreach (var range in split)
        {
            if (result.Count > 0 && range.First <= result[^1].Last + 1)
            {
                result[^1] = result[^1] with { Last = Math.Max(result[^1].Last, range.Last) };
            }
            else
            {
                result.Add(range);
            }
        }

        return new CodePointSet(result);
    }

    private static void AddWithoutSurrogates(List<CodePointRange> ranges, CodePointRange range)
    {
        if (range.First < FirstSurrogate && range.First <= range.Last)
        {
            ranges.Add(range with { Last = Math.Min(range.Last, FirstSurrogate - 1) });
        }

        if (range.Last > LastSurrogate)
        {
            ranges.Add(range with { First = Math.Max(range.First, LastSurrogate + 1) });
        }
    }
}

/// <summary>Code points <paramref name="First"/> … <paramref name="Last"/>, both included.</summary>
internal readonly record struct CodePointRange(int First, int Last);

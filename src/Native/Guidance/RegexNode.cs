namespace LlamaFp4.Native.Guidance;

/// <summary>A regular expression over code points, as a tree.</summary>
internal abstract record RegexNode
{
    public static RegexNode Empty { get; } = new RegexSequence([]);

    public static RegexNode AnyText { get; } = new RegexRepeat(new RegexSet(CodePointSet.All), 0, null);

    public static RegexNode Literal(string text)
    {
        var parts = new List<RegexNode>();
        foreach (var rune in text.EnumerateRunes())
        {
            parts.Add(new RegexSet(CodePointSet.Of(new CodePointRange(rune.Value, rune.Value))));
        }

        return new RegexSequence(parts);
    }
}

/// <summary>One code point of a set.</summary>
internal sealed record RegexSet(CodePointSet Set) : RegexNode;

/// <summary>All parts, one after the other.</summary>
internal sealed record RegexSequence(IReadOnlyList<RegexNode> Parts) : RegexNode;

/// <summary>One of several.</summary>
internal sealed record RegexAlternation(IReadOnlyList<RegexNode> Options) : RegexNode;

/// <summary>At least <paramref name="Min"/> and at most <paramref name="Max"/> times; null is without limit.</summary>
internal sealed record RegexRepeat(RegexNode Part, int Min, int? Max) : RegexNode;

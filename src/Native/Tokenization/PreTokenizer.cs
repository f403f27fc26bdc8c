using System.Globalization;

namespace LlamaFp4.Native.Tokenization;

/// <summary>Cuts text into the pieces that are merged on their own: Llama 3's split pattern, scanned code point by code point.</summary>
/// <remarks>
/// <see cref="System.Text.RegularExpressions.Regex"/> sees UTF-16 units, so letters and digits beyond the BMP fall out of its \p{L} and \p{N};
/// here a surrogate pair is one code point. Half a pair counts as neither letter, number nor space, like the U+FFFD it is encoded as.
/// </remarks>
internal static class PreTokenizer
{
    /// <summary>The pattern that <see cref="NextPieceLength"/> implements, as it stands in <c>tokenizer.json</c>.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const int LongestNumber = 3;

    private enum Kind : byte
    {
        Other,
        Letter,
        Number,
        Space,
    }

    // Most text is ASCII, and a table is several times faster than the category look-up.
    private static readonly Kind[] AsciiKinds = [.. Enumerable.Range(0, 128).Select(c => KindOf((char)c))];

    /// <summary>Length in UTF-16 units of the piece that begins a text, which must not be empty.</summary>
    public static int NextPieceLength(ReadOnlySpan<char> text)
    {
        if (ContractionLength(text) is > 0 and var contraction)
        {
            return contraction;
        }

        var kind = KindAt(text, 0, out var second);
        if (kind == Kind.Letter)
        {
            return EndOfLetters(text, second);
        }

        if (kind == Kind.Number)
        {
            return EndOfNumber(text, second);
        }

        var third = second;
        var secondKind = second < text.Length ? KindAt(text, second, out third) : Kind.Space;
        if (secondKind == Kind.Letter && text[0] is not ('\r' or '\n'))
        {
            return EndOfLetters(text, third);
        }

        if (kind == Kind.Other)
        {
            return EndOfSymbols(text, second);
        }

        if (secondKind == Kind.Other && text[0] == ' ')
        {
            return EndOfSymbols(text, third);
        }

        return SpacesLength(text);
    }

    // U+017F, the long s, folds to s when case is ignored; no other non-ASCII character folds to a letter of these.
    private static int ContractionLength(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 'S' or '\u017F' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        ['\'', 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] => 3,
        ['\'', 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };

    private static int EndOfLetters(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && KindAt(text, index, out var next) == Kind.Letter)
        {
            index = next;
        }

        return index;
    }

    private static int EndOfNumber(ReadOnlySpan<char> text, int index)
    {
        for (var count = 1; count < LongestNumber && index < text.Length && KindAt(text, index, out var next) == Kind.Number; count++)
        {
            index = next;
        }

        return index;
    }

    private static int EndOfSymbols(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && KindAt(text, index, out var next) == Kind.Other)
        {
            index = next;
        }

        var lineBreaks = text[index..].IndexOfAnyExcept('\r', '\n');
        return lineBreaks < 0 ? text.Length : index + lineBreaks;
    }

    // Through the last line break of the run; or all of it at the end of the text; or all but the last, which goes with what follows.
    private static int SpacesLength(ReadOnlySpan<char> text)
    {
        var end = 1;
        while (end < text.Length && KindAt(text, end, out _) == Kind.Space)
        {
            end++;
        }

        var lastLineBreak = text[..end].LastIndexOfAny('\r', '\n');
        if (lastLineBreak >= 0)
        {
            return lastLineBreak + 1;
        }

        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int next)
    {
        var unit = text[index];
        next = index + 1;
        if (unit < AsciiKinds.Length)
        {
            return AsciiKinds[unit];
        }

        if (next < text.Length && char.IsSurrogatePair(unit, text[next]))
        {
            return KindOf(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(unit, text[next++])));
        }

        return KindOf(unit);
    }

    // All white space lies in the BMP.
    private static Kind KindOf(char unit) => char.IsWhiteSpace(unit) ? Kind.Space : KindOf(CharUnicodeInfo.GetUnicodeCategory(unit));

    private static Kind KindOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => Kind.Number,
        _ => Kind.Other,
    };
}

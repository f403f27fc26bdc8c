using System.Globalization;
using System.Numerics;

namespace LlamaFp4.Native.Guidance;

/// <summary>Decimal numbers between bounds as regular expressions, in the canonical spelling: no leading zeros, no plus sign, no exponent.</summary>
internal static class DecimalRange
{
    private static readonly RegexNode Digit = new RegexSet(CodePointSet.Of(new CodePointRange('0', '9')));
    private static readonly RegexNode NonZero = new RegexSet(CodePointSet.Of(new CodePointRange('1', '9')));
    private static readonly RegexNode Nothing = new RegexAlternation([]);

    public static RegexNode Integers(NumberBounds bounds)
    {
        var widest = BigInteger.Pow(10, JsonGrammar.MaxDigits) - 1;
        var min = bounds.Min is { } lower ? (BigInteger)decimal.Ceiling(lower) + (bounds.MinExcluded && decimal.Ceiling(lower) == lower ? 1 : 0) : (BigInteger?)null;
        var max = bounds.Max is { } upper ? (BigInteger)decimal.Floor(upper) - (bounds.MaxExcluded && decimal.Floor(upper) == upper ? 1 : 0) : (BigInteger?)null;
        var first = min ?? BigInteger.Min(-widest, max ?? 0);
        var last = max ?? BigInteger.Max(widest, min ?? 0);
        var options = new List<RegexNode>();
        if (last >= 0)
        {
            options.Add(Naturals(BigInteger.Max(first, 0), last));
        }

        if (first < 0)
        {
            options.Add(Sequence(RegexNode.Literal("-"), Naturals(BigInteger.Max(-last, 1), -first)));
        }

        return new RegexAlternation(options);
    }

    public static RegexNode Decimals(NumberBounds bounds, int maxDecimals)
    {
        var options = new List<RegexNode>();
        if (bounds.Max is null or >= 0)
        {
            var lower = bounds.Min is > 0 ? bounds.Min : null;
            var lowerExcluded = bounds.Min is >= 0 && bounds.MinExcluded;
            options.Add(Magnitudes(bounds.Min is >= 0 ? bounds.Min : lower, lowerExcluded, bounds.Max, bounds.MaxExcluded, maxDecimals));
        }

        if (bounds.Min is null or < 0)
        {
            // Magnitudes of negative numbers, zero left out: "-0" is no canonical spelling.
            var (from, fromExcluded) = bounds.Max is < 0 ? (-bounds.Max.Value, bounds.MaxExcluded) : (0m, true);
            options.Add(Sequence(RegexNode.Literal("-"), Magnitudes(from, fromExcluded, -bounds.Min, bounds.MinExcluded, maxDecimals)));
        }

        return new RegexAlternation(options);
    }

    // Non-negative decimals between two bounds: whole parts strictly between are free behind the point, those of the bounds are compared digit by digit.
    private static RegexNode Magnitudes(decimal? min, bool minExcluded, decimal? max, bool maxExcluded, int maxDecimals)
    {
        var (low, lowDigits) = Parts(min ?? 0);
        var widest = BigInteger.Pow(10, JsonGrammar.MaxDigits) - 1;
        var (high, highDigits) = max is { } upper ? Parts(upper) : (BigInteger.Max(widest, low + 1), string.Empty);
        if (high < low)
        {
            return Nothing;
        }

        RegexNode free = Fraction(Repeat(Digit, 1, maxDecimals));
        var atLow = min is null ? free : Above(lowDigits, minExcluded, maxDecimals);
        var atHigh = max is null ? free : Below(highDigits, maxExcluded, maxDecimals);
        if (low == high)
        {
            return Sequence(Naturals(low, low), FractionBetween(min is null ? null : lowDigits, minExcluded, max is null ? null : highDigits, maxExcluded, maxDecimals));
        }

        var options = new List<RegexNode> { Sequence(Naturals(low, low), atLow), Sequence(Naturals(high, high), atHigh) };
        if (high - low > 1)
        {
            options.Add(Sequence(Naturals(low + 1, high - 1), free));
        }

        return new RegexAlternation(options);
    }

    private static RegexNode FractionBetween(string? low, bool lowExcluded, string? high, bool highExcluded, int maxDecimals)
    {
        if (low is null && high is null)
        {
            return Fraction(Repeat(Digit, 1, maxDecimals));
        }

        if (low is null or "" && !lowExcluded)
        {
            return high is null ? Fraction(Repeat(Digit, 1, maxDecimals)) : Below(high, highExcluded, maxDecimals);
        }

        if (high is null)
        {
            return Above(low ?? string.Empty, lowExcluded, maxDecimals);
        }

        // The common digits, then a digit strictly between, or the rest above the lower or below the upper bound.
        low ??= string.Empty;
        var width = Math.Min(Math.Max(Math.Max(low.Length, high.Length) + 2, 1), Math.Max(maxDecimals, Math.Max(low.Length, high.Length)));
        var options = new List<RegexNode>();
        Between(low.PadRight(width, '0'), high.PadRight(width, '0'), lowExcluded, highExcluded, options);
        return options.Count == 0 ? Nothing : Sequence(RegexNode.Literal("."), new RegexAlternation(options));
    }

    // Digit strings of one width between two others; leaving out trailing zeros is not offered here.
    private static void Between(string low, string high, bool lowExcluded, bool highExcluded, List<RegexNode> options)
    {
        var first = BigInteger.Parse(low, CultureInfo.InvariantCulture) + (lowExcluded ? 1 : 0);
        var last = BigInteger.Parse(high, CultureInfo.InvariantCulture) - (highExcluded ? 1 : 0);
        if (first <= last)
        {
            options.Add(SameWidth(first.ToString(CultureInfo.InvariantCulture).PadLeft(low.Length, '0'), last.ToString(CultureInfo.InvariantCulture).PadLeft(low.Length, '0')));
        }
    }

    private static RegexAlternation Above(string digits, bool excluded, int maxDecimals)
    {
        var rest = Repeat(Digit, 0, maxDecimals);
        var options = new List<RegexNode>();
        for (var i = 0; i < digits.Length; i++)
        {
            if (digits[i] < '9')
            {
                options.Add(Sequence(RegexNode.Literal("." + digits[..i]), Digits((char)(digits[i] + 1), '9'), rest));
            }
        }

        RegexNode behind = excluded ? Sequence(Repeat(RegexNode.Literal("0"), 0, maxDecimals), NonZero, rest) : rest;
        RegexNode equal = digits.Length > 0 ? Sequence(RegexNode.Literal("." + digits), behind)
            : excluded ? Sequence(RegexNode.Literal("."), behind)
            : Fraction(Repeat(Digit, 1, maxDecimals));
        options.Add(equal);
        return new RegexAlternation(options);
    }

    private static RegexAlternation Below(string digits, bool excluded, int maxDecimals)
    {
        var options = new List<RegexNode>();
        for (var i = 0; i < digits.Length; i++)
        {
            // Stopping before the bound's digits are written is below it, because its last digit is not zero.
            options.Add(RegexNode.Literal(i == 0 ? string.Empty : "." + digits[..i]));
            if (digits[i] > '0')
            {
                options.Add(Sequence(RegexNode.Literal("." + digits[..i]), Digits('0', (char)(digits[i] - 1)), Repeat(Digit, 0, maxDecimals)));
            }
        }

        if (!excluded)
        {
            var zeros = Repeat(RegexNode.Literal("0"), 0, maxDecimals);
            options.Add(digits.Length > 0 ? Sequence(RegexNode.Literal("." + digits), zeros) : (RegexNode)Fraction(Repeat(RegexNode.Literal("0"), 1, maxDecimals)));
        }

        return new RegexAlternation(options);
    }

    private static RegexAlternation Naturals(BigInteger first, BigInteger last)
    {
        var options = new List<RegexNode>();
        while (first <= last)
        {
            var digits = first.ToString(CultureInfo.InvariantCulture);
            var end = BigInteger.Min(last, BigInteger.Pow(10, digits.Length) - 1);
            options.Add(SameWidth(digits, end.ToString(CultureInfo.InvariantCulture)));
            first = end + 1;
        }

        return new RegexAlternation(options);
    }

    private static RegexNode SameWidth(string first, string last)
    {
        if (first.Length == 0)
        {
            return RegexNode.Empty;
        }

        if (first.AsSpan().IndexOfAnyExcept('0') < 0 && last.AsSpan().IndexOfAnyExcept('9') < 0)
        {
            return Repeat(Digit, first.Length, first.Length);
        }

        if (first[0] == last[0])
        {
            return Sequence(RegexNode.Literal(first[..1]), SameWidth(first[1..], last[1..]));
        }

        var rest = first.Length - 1;
        var options = new List<RegexNode>
        {
            Sequence(RegexNode.Literal(first[..1]), SameWidth(first[1..], new string('9', rest))),
            Sequence(RegexNode.Literal(last[..1]), SameWidth(new string('0', rest), last[1..])),
        };
        if (last[0] - first[0] > 1)
        {
            options.Add(Sequence(Digits((char)(first[0] + 1), (char)(last[0] - 1)), Repeat(Digit, rest, rest)));
        }

        return new RegexAlternation(options);
    }

    private static (BigInteger Whole, string Decimals) Parts(decimal value)
    {
        var whole = decimal.Truncate(value);
        var text = (value - whole).ToString(CultureInfo.InvariantCulture);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return ((BigInteger)whole, point < 0 ? string.Empty : text[(point + 1)..].TrimEnd('0'));
    }

    private static RegexRepeat Fraction(RegexNode digits) => Repeat(Sequence(RegexNode.Literal("."), digits), 0, 1);

    private static RegexSet Digits(char first, char last) => new(CodePointSet.Of(new CodePointRange(first, last)));

    private static RegexRepeat Repeat(RegexNode part, int min, int? max) => new(part, min, max);

    private static RegexSequence Sequence(params ReadOnlySpan<RegexNode> parts) => new([.. parts]);
}

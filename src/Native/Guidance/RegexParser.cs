using System.Globalization;
using System.Text;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Guidance;

/// <summary>Reads the common core of ECMA-262 and .NET regular expressions; what describes no regular language is refused by name.</summary>
/// <remarks>
/// Supported: literals, <c>.</c>, classes, <c>\d \w \s</c> and their negations (ASCII, as in ECMA-262), <c>\p{…}</c> general categories, groups,
/// alternation, quantifiers (lazy ones mean the same language), and anchors where they are redundant: at the ends of the pattern or of an
/// alternative of it.
/// </remarks>
internal sealed class RegexParser
{
    private const int MaxRepeat = 4096;
    private const int MaxDepth = 64;

    private static readonly CodePointSet Digits = CodePointSet.Of(new CodePointRange('0', '9'));
    private static readonly CodePointSet WordCharacters = CodePointSet.Of(new('0', '9'), new('A', 'Z'), new('_', '_'), new('a', 'z'));
    private static readonly CodePointSet BasicPlane = CodePointSet.Of(new CodePointRange(0, 0xFFFF));
    private static readonly CodePointSet LineEnds = CodePointSet.OfCharacters("\n\r\u2028\u2029");

    private static readonly CodePointSet Spaces =
        CodePointSet.OfCharacters("\t\n\v\f\r \u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF");

    private readonly string _pattern;
    private readonly bool _search;
    private int _position;
    private int _depth;

    private RegexParser(string pattern, bool search)
    {
        _pattern = pattern;
        _search = search;
    }

    /// <summary>The expression that matches a whole text.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="search">Whether a match anywhere in the text is enough, as JSON Schema means it, unless anchored.</param>
    public static RegexNode Parse(string pattern, bool search)
    {
        var parser = new RegexParser(pattern, search);
        var result = parser.Alternation(topLevel: true);
        return parser._position == pattern.Length ? result : throw parser.Unsupported($"unexpected '{pattern[parser._position]}'");
    }

    private RegexNode Alternation(bool topLevel)
    {
        if (++_depth > MaxDepth)
        {
            throw Unsupported($"groups nested deeper than {MaxDepth}");
        }

        var options = new List<RegexNode> { Sequence(topLevel) };
        while (TryTake('|'))
        {
            options.Add(Sequence(topLevel));
        }

        _depth--;
        return options.Count == 1 ? options[0] : new RegexAlternation(options);
    }

    private RegexNode Sequence(bool topLevel)
    {
        var parts = new List<RegexNode>();
        var anchoredAtStart = TryTakeAnchor('^', topLevel);
        var anchoredAtEnd = false;
        while (_position < _pattern.Length && _pattern[_position] is not ('|' or ')'))
        {
            if (TryTakeAnchor('$', topLevel))
            {
                anchoredAtEnd = true;
                if (_position < _pattern.Length && _pattern[_position] is not ('|' or ')'))
                {
                    throw Unsupported("'$' before the end");
                }

                break;
            }

            parts.Add(Quantified());
        }

        if (topLevel && _search)
        {
            if (!anchoredAtStart)
            {
                parts.Insert(0, RegexNode.AnyText);
            }

            if (!anchoredAtEnd)
            {
                parts.Add(RegexNode.AnyText);
            }
        }

        return parts.Count == 1 ? parts[0] : new RegexSequence(parts);
    }

    private bool TryTakeAnchor(char anchor, bool topLevel)
    {
        if (!TryTake(anchor))
        {
            return false;
        }

        return topLevel ? true : throw Unsupported($"'{anchor}' inside a group");
    }

    private RegexNode Quantified()
    {
        var atom = Atom();
        while (_position < _pattern.Length)
        {
            var (min, max) = (0, (int?)null);
            switch (_pattern[_position])
            {
                case '*': _position++; break;
                case '+': _position++; min = 1; break;
                case '?': _position++; max = 1; break;
                case '{' when TryBraces(out min, out max): break;
                default: return atom;
            }

            TryTake('?');
            atom = new RegexRepeat(atom, min, max);
        }

        return atom;
    }

    private bool TryBraces(out int min, out int? max)
    {
        (min, max) = (0, null);
        var close = _pattern.IndexOf('}', _position);
        if (close < 0)
        {
            return false;
        }

        var parts = _pattern[(_position + 1)..close].Split(',');
        if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out min))
        {
            return false;
        }

        max = min;
        if (parts.Length == 2)
        {
            max = null;
            if (parts[1].Length > 0)
            {
                if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
                {
                    return false;
                }

                max = last;
            }
        }

        if (min > MaxRepeat || max > MaxRepeat || max < min)
        {
            throw Unsupported($"the repetition '{_pattern[_position..(close + 1)]}', which must be ordered and at most {MaxRepeat}");
        }

        _position = close + 1;
        return true;
    }

    private RegexNode Atom()
    {
        var c = _pattern[_position];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return new RegexSet(Class());
            case '.':
                _position++;
                return new RegexSet(AllBut(LineEnds));
            case '\\':
                return new RegexSet(Escape(inClass: false));
            case '*' or '+' or '?':
                throw Unsupported($"'{c}' with nothing to repeat");
            case '^':
                throw Unsupported("'^' after the beginning");
            default:
                return new RegexSet(Single(TakeRune().Value));
        }
    }

    private RegexNode Group()
    {
        _position++;
        if (TryTake('?'))
        {
            if (TryTake('<') && _position < _pattern.Length && _pattern[_position] is not ('=' or '!'))
            {
                var close = _pattern.IndexOf('>', _position);
                _position = close < 0 ? throw Unsupported("a group name without '>'") : close + 1;
            }
            else if (!TryTake(':'))
            {
                throw Unsupported("a look-around or inline option");
            }
        }

        var result = Alternation(topLevel: false);
        return TryTake(')') ? result : throw Unsupported("a group without ')'");
    }

    private CodePointSet Class()
    {
        _position++;
        var negated = TryTake('^');
        var result = CodePointSet.Empty;
        while (true)
        {
            if (_position >= _pattern.Length)
            {
                throw Unsupported("a class without ']'");
            }

            if (TryTake(']'))
            {
                return negated ? AllBut(result) : result;
            }

            var item = ClassItem();
            if (IsSingle(item, out var first) && Peek('-') && _position + 1 < _pattern.Length && _pattern[_position + 1] != ']')
            {
                _position++;
                if (!IsSingle(ClassItem(), out var last) || last < first)
                {
                    throw Unsupported("a range in a class whose ends are out of order or no characters");
                }

                item = CodePointSet.Of(new CodePointRange(first, last));
            }

            result = result.Union(item);
        }
    }

    private CodePointSet ClassItem() => Peek('\\') ? Escape(inClass: true) : Single(TakeRune().Value);

    private CodePointSet Escape(bool inClass)
    {
        _position++;
        if (_position >= _pattern.Length)
        {
            throw Unsupported("a '\\' at the end");
        }

        var c = _pattern[_position++];
        return c switch
        {
            'd' => Digits,
            'D' => AllBut(Digits),
            'w' => WordCharacters,
            'W' => AllBut(WordCharacters),
            's' => Spaces,
            'S' => AllBut(Spaces),
            'n' => Single('\n'),
            'r' => Single('\r'),
            't' => Single('\t'),
            'f' => Single('\f'),
            'v' => Single('\v'),
            '0' => Single('\0'),
            'b' when inClass => Single('\b'),
            'x' => Single(Hex(2)),
            'u' => Single(UnicodeEscape()),
            'p' => _search ? Category().Intersect(BasicPlane) : Category(),
            'P' => AllBut(Category()),
            >= '1' and <= '9' => throw Unsupported("a back-reference"),
            'b' or 'B' or 'A' or 'Z' or 'z' or 'G' or 'k' or 'c' => throw Unsupported($"'\\{c}'"),
            _ => Single(c),
        };
    }

    private int UnicodeEscape()
    {
        if (TryTake('{'))
        {
            var close = _pattern.IndexOf('}', _position);
            return close > _position ? Hex(close - _position, then: 1) : throw Unsupported("a '\\u{' without '}'");
        }

        var unit = Hex(4);
        if (char.IsHighSurrogate((char)unit) && string.CompareOrdinal(_pattern, _position, "\\u", 0, 2) == 0)
        {
            _position += 2;
            var low = Hex(4);
            return char.IsLowSurrogate((char)low) ? char.ConvertToUtf32((char)unit, (char)low) : throw Unsupported("half a surrogate pair");
        }

        return unit;
    }

    private int Hex(int length, int then = 0)
    {
        if (_position + length > _pattern.Length
            || !int.TryParse(_pattern.AsSpan(_position, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value > CodePointSet.MaxCodePoint)
        {
            throw Unsupported("a malformed hexadecimal escape");
        }

        _position += length + then;
        return value;
    }

    private CodePointSet Category()
    {
        var close = Peek('{') ? _pattern.IndexOf('}', _position) : -1;
        if (close < 0)
        {
            throw Unsupported("'\\p' without '{…}'");
        }

        var name = _pattern[(_position + 1)..close];
        _position = close + 1;
        var ranges = new List<CodePointRange>();
        for (var codePoint = 0; codePoint <= CodePointSet.MaxCodePoint; codePoint++)
        {
            if (!UnicodeCategoryNames.Short(CharUnicodeInfo.GetUnicodeCategory(codePoint)).StartsWith(name, StringComparison.Ordinal))
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1].Last == codePoint - 1)
            {
                ranges[^1] = ranges[^1] with { Last = codePoint };
            }
            else
            {
                ranges.Add(new CodePointRange(codePoint, codePoint));
            }
        }

        return name.Length is 1 or 2 && ranges.Count > 0 ? CodePointSet.Of([.. ranges]) : throw Unsupported($"'\\p{{{name}}}'; general categories are known");
    }

    // Validators whose expressions run on UTF-16 see two characters beyond the basic plane, others one: a searching pattern, which is a
    // schema's, is generated so that both agree.
    private CodePointSet AllBut(CodePointSet set) => _search ? set.Negate().Intersect(BasicPlane) : set.Negate();

    private Rune TakeRune()
    {
        if (Rune.DecodeFromUtf16(_pattern.AsSpan(_position), out var rune, out var length) != System.Buffers.OperationStatus.Done)
        {
            throw Unsupported("half a surrogate pair");
        }

        _position += length;
        return rune;
    }

    private static CodePointSet Single(int codePoint) => CodePointSet.Of(new CodePointRange(codePoint, codePoint));

    private static bool IsSingle(CodePointSet set, out int codePoint)
    {
        codePoint = set.Ranges.Count == 1 ? set.Ranges[0].First : -1;
        return set.Ranges.Count == 1 && set.Ranges[0].Last == codePoint;
    }

    private bool Peek(char c) => _position < _pattern.Length && _pattern[_position] == c;

    private bool TryTake(char c)
    {
        if (!Peek(c))
        {
            return false;
        }

        _position++;
        return true;
    }

    private FeatureNotSupportedException Unsupported(string what) => GuideNotSupported.Because(what, $"the pattern '{_pattern}', position {_position}");
}

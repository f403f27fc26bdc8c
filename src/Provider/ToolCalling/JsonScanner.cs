using System.Runtime.InteropServices;

namespace LlamaFp4.Provider.ToolCalling;

/// <summary>What one character meant to a <see cref="JsonScanner"/>.</summary>
internal enum JsonEvent
{
    None,
    KeyGrew,
    KeyEnded,
    StringGrew,
    StringEnded,
    ScalarStarted,
    ContainerStarted,
    ContainerEnded,
    Ended,
    Malformed,
}

/// <summary>Reads one JSON object or array strictly, a character at a time, and says what each character is.</summary>
/// <remarks>At most <see cref="MaxDepth"/> containers inside one another; deeper text counts as malformed.</remarks>
internal sealed class JsonScanner(int maxDepth = JsonScanner.MaxDepth)
{
    public const int MaxDepth = 64;

    private readonly List<char> _text = [];
    private State _state = State.Root;
    private ulong _objects; // bit i: the container at depth i + 1 is an object
    private bool _inKey;
    private int _unicode;
    private int _unicodeDigits;
    private string _literal = "";
    private int _literalLength;

    private enum State
    {
        Root,
        Value,
        FirstValueOrEnd,
        FirstKeyOrEnd,
        Key,
        Colon,
        CommaOrEnd,
        String,
        Escape,
        Unicode,
        Literal,
        Minus,
        Zero,
        Integer,
        Point,
        Fraction,
        ExponentMark,
        ExponentSign,
        Exponent,
    }

    /// <summary>Containers that are open.</summary>
    public int Depth { get; private set; }

    /// <summary>The key or string being read or just read, without its quotes and with escapes resolved.</summary>
    public ReadOnlySpan<char> Text => CollectionsMarshal.AsSpan(_text);

    public JsonEvent Append(char c) => _state switch
    {
        State.String => InString(c),
        State.Escape => InEscape(c),
        State.Unicode => InUnicode(c),
        State.Literal => InLiteral(c),
        >= State.Minus => InNumber(c),
        _ when c is ' ' or '\t' or '\n' or '\r' => JsonEvent.None,
        _ => InStructure(c),
    };

    private JsonEvent InStructure(char c)
    {
        switch (_state, c)
        {
            case (State.Root or State.Value or State.FirstValueOrEnd, '{'):
                return Open(isObject: true);
            case (State.Root or State.Value or State.FirstValueOrEnd, '['):
                return Open(isObject: false);
            case (State.Value or State.FirstValueOrEnd, '"'):
                return StartString(isKey: false);
            case (State.FirstKeyOrEnd or State.Key, '"'):
                return StartString(isKey: true);
            case (State.Colon, ':'):
                _state = State.Value;
                return JsonEvent.None;
            case (State.CommaOrEnd, ','):
                _state = IsInObject ? State.Key : State.Value;
                return JsonEvent.None;
            case (State.CommaOrEnd, '}') when IsInObject:
            case (State.CommaOrEnd, ']') when !IsInObject:
            case (State.FirstKeyOrEnd, '}'):
            case (State.FirstValueOrEnd, ']'):
                return Close();
            case (State.Value or State.FirstValueOrEnd, _):
                return StartScalar(c);
            default:
                return JsonEvent.Malformed;
        }
    }

    private bool IsInObject => (_objects >> (Depth - 1) & 1) == 1;

    private JsonEvent Open(bool isObject)
    {
        if (Depth == maxDepth)
        {
            return JsonEvent.Malformed;
        }

        var bit = 1UL << Depth;
        _objects = isObject ? _objects | bit : _objects & ~bit;
        Depth++;
        _state = isObject ? State.FirstKeyOrEnd : State.FirstValueOrEnd;
        return JsonEvent.ContainerStarted;
    }

    private JsonEvent Close()
    {
        Depth--;
        _state = State.CommaOrEnd;
        return Depth == 0 ? JsonEvent.Ended : JsonEvent.ContainerEnded;
    }

    private JsonEvent StartString(bool isKey)
    {
        _text.Clear();
        _inKey = isKey;
        _state = State.String;
        return JsonEvent.None;
    }

    private JsonEvent StartScalar(char c)
    {
        (_state, _literal) = c switch
        {
            '-' => (State.Minus, ""),
            '0' => (State.Zero, ""),
            >= '1' and <= '9' => (State.Integer, ""),
            't' => (State.Literal, "true"),
            'f' => (State.Literal, "false"),
            'n' => (State.Literal, "null"),
            _ => (State.Root, ""),
        };
        _literalLength = 1;
        return _state == State.Root ? JsonEvent.Malformed : JsonEvent.ScalarStarted;
    }

    private JsonEvent InString(char c)
    {
        switch (c)
        {
            case '"':
                _state = _inKey ? State.Colon : State.CommaOrEnd;
                return _inKey ? JsonEvent.KeyEnded : JsonEvent.StringEnded;
            case '\\':
                _state = State.Escape;
                return JsonEvent.None;
            case < ' ':
                return JsonEvent.Malformed;
            default:
                return Grow(c);
        }
    }

    private JsonEvent InEscape(char c)
    {
        (_unicode, _unicodeDigits) = (0, 0);
        _state = State.String;
        switch (c)
        {
            case 'u':
                _state = State.Unicode;
                return JsonEvent.None;
            case '"' or '\\' or '/':
                return Grow(c);
            case 'b':
                return Grow('\b');
            case 'f':
                return Grow('\f');
            case 'n':
                return Grow('\n');
            case 'r':
                return Grow('\r');
            case 't':
                return Grow('\t');
            default:
                return JsonEvent.Malformed;
        }
    }

    private JsonEvent InUnicode(char c)
    {
        if (!char.IsAsciiHexDigit(c))
        {
            return JsonEvent.Malformed;
        }

        _unicode = (_unicode << 4) | (char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        if (++_unicodeDigits < 4)
        {
            return JsonEvent.None;
        }

        _state = State.String;
        return Grow((char)_unicode);
    }

    private JsonEvent Grow(char c)
    {
        _text.Add(c);
        return _inKey ? JsonEvent.KeyGrew : JsonEvent.StringGrew;
    }

    private JsonEvent InLiteral(char c)
    {
        if (c != _literal[_literalLength++])
        {
            return JsonEvent.Malformed;
        }

        _state = _literalLength == _literal.Length ? State.CommaOrEnd : State.Literal;
        return JsonEvent.None;
    }

    private JsonEvent InNumber(char c)
    {
        var next = (_state, c) switch
        {
            (State.Minus, '0') => State.Zero,
            (State.Minus, >= '1' and <= '9') => State.Integer,
            (State.Integer, >= '0' and <= '9') => State.Integer,
            (State.Zero or State.Integer, '.') => State.Point,
            (State.Point or State.Fraction, >= '0' and <= '9') => State.Fraction,
            (State.Zero or State.Integer or State.Fraction, 'e' or 'E') => State.ExponentMark,
            (State.ExponentMark, '+' or '-') => State.ExponentSign,
            (State.ExponentMark or State.ExponentSign or State.Exponent, >= '0' and <= '9') => State.Exponent,
            (State.Zero or State.Integer or State.Fraction or State.Exponent, _) => State.CommaOrEnd,
            _ => State.Root,
        };

        // A number has no closing character: what follows it is read as structure.
        _state = next;
        return next switch
        {
            State.Root => JsonEvent.Malformed,
            State.CommaOrEnd => Append(c),
            _ => JsonEvent.None,
        };
    }
}

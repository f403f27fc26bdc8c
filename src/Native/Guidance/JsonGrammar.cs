using System.Text;
using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

/// <summary>JSON in the one spelling the model is prompted with: <c>", "</c> between items, <c>": "</c> after keys, no other white space.</summary>
/// <remarks>
/// One spelling keeps a model from looping in blanks, makes every JSON value one text, and is the form in which calls stand in the history.
/// Numbers are kept to what every reader can hold: 15 digits on either side of the point, an exponent of two.
/// </remarks>
internal sealed class JsonGrammar
{
    public const string ItemSeparator = ", ";
    public const string KeySeparator = ": ";
    public const int MaxDigits = 15;

    private const string WordRule = "true|false|null";

    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);

    public JsonGrammar(Grammar grammar) => Grammar = grammar;

    public Grammar Grammar { get; }

    /// <summary>Any JSON value.</summary>
    public int Value(int next) => Grammar.Call(Rule("value", BuildValue), next);

    /// <summary>Any JSON object.</summary>
    public int Object(int next) => Grammar.Call(Rule("object", BuildObject), next);

    /// <summary>Any JSON array.</summary>
    public int Array(int next) => Grammar.Call(Rule("array", BuildArray), next);

    /// <summary>Any JSON string, with every escape JSON has.</summary>
    public int String(int next) => Grammar.Call(Rule("string", _ => BuildString()), next);

    public int Number(int next) => Grammar.Call(Rule("number", _ => Text("-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")), next);

    public int Integer(int next) => Grammar.Call(Rule("integer", _ => Text("0|-?[1-9][0-9]{0,14}")), next);

    public int Boolean(int next) => Grammar.Choice(Grammar.Literal("true", next), Grammar.Literal("false", next));

    public int Null(int next) => Grammar.Literal("null", next);

    /// <summary>A string whose content an automaton accepts; every character has one spelling.</summary>
    public int String(Dfa content, int next)
    {
        var start = Grammar.Embed(content, Grammar.Literal("\"", next), AddCharacters);
        return Grammar.Literal("\"", start);
    }

    /// <summary>Exactly this value.</summary>
    public int Constant(JsonElement value, int next) => Grammar.Literal(CanonicalJson.Write(value), next);

    /// <summary>A rule made once under a name; it may call itself.</summary>
    public int Rule(string name, Func<int, int> build)
    {
        if (!_rules.TryGetValue(name, out var rule))
        {
            rule = _rules[name] = Grammar.AddNode();
            try
            {
                Grammar.AddEpsilon(rule, build(rule));
            }
            catch
            {
                // A rule that was not finished must not be found.
                _rules.Remove(name);
                throw;
            }
        }

        return rule;
    }

    private int Text(string pattern) => Grammar.Text(Dfa.FromRegex(RegexParser.Parse(pattern, search: false), pattern), Grammar.End);

    private int BuildValue(int rule)
    {
        var end = Grammar.End;
        return Grammar.Choice(Object(end), Array(end), String(end), Number(end), Text(WordRule));
    }

    private int BuildObject(int rule)
    {
        var close = Grammar.Literal("}", Grammar.End);
        var afterItem = Grammar.AddNode();
        var item = String(Grammar.Literal(KeySeparator, Value(afterItem)));
        Grammar.AddEpsilon(afterItem, close);
        Grammar.AddEpsilon(afterItem, Grammar.Literal(ItemSeparator, item));
        return Grammar.Literal("{", Grammar.Choice(close, item));
    }

    private int BuildArray(int rule)
    {
        var close = Grammar.Literal("]", Grammar.End);
        var afterItem = Grammar.AddNode();
        var item = Value(afterItem);
        Grammar.AddEpsilon(afterItem, close);
        Grammar.AddEpsilon(afterItem, Grammar.Literal(ItemSeparator, item));
        return Grammar.Literal("[", Grammar.Choice(close, item));
    }

    private int BuildString()
    {
        var body = Grammar.AddNode();
        foreach (var range in CodePointSet.OfCharacters("\"\\").Union(CodePointSet.Of(new CodePointRange(0, 0x1F))).Negate().Ranges)
        {
            Grammar.AddCodePoints(body, range, body);
        }

        var escape = Grammar.AddNode();
        Grammar.AddBytes(body, (byte)'\\', (byte)'\\', escape);
        foreach (var c in "\"\\/bfnrt")
        {
            Grammar.AddBytes(escape, (byte)c, (byte)c, body);
        }

        // \uXXXX: any but surrogates, or a high and a low one.
        Grammar.AddEpsilon(escape, Text("u([0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})", body));
        Grammar.AddEpsilon(escape, Text("u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}", body));
        Grammar.AddEpsilon(body, Grammar.Literal("\"", Grammar.End));
        return Grammar.Literal("\"", body);
    }

    private int Text(string pattern, int next) => Grammar.Text(Dfa.FromRegex(RegexParser.Parse(pattern, search: false), pattern), next);

    // Positions of a string differ in what follows, not in how a character is spelled: long ranges are a rule of their own.
    private void AddCharacters(int from, CodePointRange range, int to)
    {
        if (range.First < ' ' && range.Last > '\\')
        {
            var rule = Rule($"characters {range.First}-{range.Last}", start =>
            {
                var node = Grammar.AddNode();
                AddSpellings(node, range, Grammar.End);
                return node;
            });
            Grammar.AddCall(from, rule, to);
            return;
        }

        AddSpellings(from, range, to);
    }

    private void AddSpellings(int from, CodePointRange range, int to)
    {
        var plain = range.First;
        for (var c = range.First; c <= Math.Min(range.Last, '\\'); c++)
        {
            if (c is >= 0x20 and not ('"' or '\\'))
            {
                continue;
            }

            if (plain < c)
            {
                Grammar.AddCodePoints(from, new CodePointRange(plain, c - 1), to);
            }

            plain = c + 1;
            var spelling = new StringBuilder();
            CanonicalJson.AppendEscaped(spelling, (char)c);
            Grammar.AddEpsilon(from, Grammar.Literal(spelling.ToString(), to));
        }

        if (plain <= range.Last)
        {
            Grammar.AddCodePoints(from, new CodePointRange(plain, range.Last), to);
        }
    }
}

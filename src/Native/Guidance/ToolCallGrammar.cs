using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Guidance;

/// <summary>Calls as <c>{"name": "NAME", "parameters": {…}}</c>, several joined by <c>"; "</c>, alone or behind free text.</summary>
internal static class ToolCallGrammar
{
    public const string Trigger = "{\"name\": \"";
    public const string CallSeparator = "; ";

    public static int Build(JsonGrammar json, ToolCallGuide guide, int pythonTag)
    {
        var grammar = json.Grammar;
        if (guide.Tools.Count == 0)
        {
            throw GuideNotSupported.Because("a tool-call guide without tools", "Tools");
        }

        // Behind the trigger: which tool, its arguments, and what may follow the call.
        var afterCall = grammar.AddNode();
        grammar.AddEpsilon(afterCall, grammar.End);
        var call = grammar.Choice([.. guide.Tools.Select(tool => Call(json, tool, afterCall))]);
        if (guide.AllowMultiple)
        {
            grammar.AddEpsilon(afterCall, grammar.Literal(CallSeparator + Trigger, call));
        }

        var calls = grammar.Literal(Trigger, call);
        if (guide.ResponseSchema is { } schema)
        {
            var answer = JsonSchemaCompiler.Compile(json, schema, grammar.End);
            return guide.Required ? calls : grammar.Choice(calls, answer);
        }

        return guide.Required ? calls : FreeText(grammar, calls, call, pythonTag);
    }

    private static int Call(JsonGrammar json, ToolSignature tool, int next)
    {
        var arguments = JsonSchemaCompiler.CompileArguments(json, tool.Parameters, json.Grammar.Literal("}", next));
        return json.Grammar.Literal($"{CanonicalJson.Write(tool.Name)[1..]}, \"parameters\": ", arguments);
    }

    // Any bytes, until the trigger has been written: from there on it is a call. Node i has just read the trigger's first i bytes.
    private static int FreeText(Grammar grammar, int calls, int call, int pythonTag)
    {
        var trigger = System.Text.Encoding.UTF8.GetBytes(Trigger);
        var nodes = new int[trigger.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            nodes[i] = grammar.AddNode();
            grammar.AddEpsilon(nodes[i], grammar.End);
            grammar.AddToken(nodes[i], pythonTag, calls);
        }

        for (var i = 0; i < nodes.Length; i++)
        {
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                var matched = MatchedAfter(trigger, i, (byte)value);
                grammar.AddBytes(nodes[i], (byte)value, (byte)value, matched == trigger.Length ? call : nodes[matched]);
            }
        }

        return nodes[0];
    }

    // The longest beginning of the trigger that ends the text: its first `matched` bytes followed by `value`.
    private static int MatchedAfter(ReadOnlySpan<byte> trigger, int matched, byte value)
    {
        Span<byte> text = [.. trigger[..matched], value];
        for (var length = Math.Min(text.Length, trigger.Length); length > 0; length--)
        {
            if (trigger[..length].SequenceEqual(text[^length..]))
            {
                return length;
            }
        }

        return 0;
    }
}

using System.Text;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Guidance;

/// <summary>Makes automata of guides for one vocabulary and keeps those used last, with all they have learnt.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class GuideCompiler(LlamaTokenizer tokenizer)
{
    private const int MaxCached = 32;

    private readonly Lazy<VocabularyTrie> _trie = new(() => VocabularyTrie.Build(tokenizer));
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Compiled>> _cached = new(StringComparer.Ordinal);
    private readonly LinkedList<Compiled> _byUse = new();

    /// <summary>What this compiler can enforce.</summary>
    public static SessionFeatures Features =>
        SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.RegexGuide | SessionFeatures.ChoiceGuide | SessionFeatures.ToolCallGuide;

    /// <summary>A walk that begins at the beginning of a guide.</summary>
    public GuideCursor Begin(GuideAutomaton automaton, IReadOnlyCollection<int> stopTokenIds) => new(automaton, tokenizer, stopTokenIds);

    /// <summary>What a guide allows. Equal guides share what has been found out about them.</summary>
    /// <exception cref="FeatureNotSupportedException">Part of the guide cannot be enforced; the message names it.</exception>
    public GuideAutomaton Compile(Guide guide)
    {
        var key = KeyOf(guide);
        lock (_lock)
        {
            if (_cached.TryGetValue(key, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Automaton ?? throw new FeatureNotSupportedException(node.Value.Refusal);
            }
        }

        try
        {
            var grammar = new Grammar();
            grammar.Start = StartOf(guide, new JsonGrammar(grammar));
            var automaton = new GuideAutomaton(grammar, _trie.Value);
            Keep(new Compiled(key, automaton, ""));
            return automaton;
        }
        catch (FeatureNotSupportedException exception)
        {
            Keep(new Compiled(key, null, exception.Message));
            throw;
        }
    }

    private void Keep(Compiled compiled)
    {
        lock (_lock)
        {
            if (!_cached.ContainsKey(compiled.Key))
            {
                _cached[compiled.Key] = _byUse.AddFirst(compiled);
                if (_cached.Count > MaxCached)
                {
                    _cached.Remove(_byUse.Last!.Value.Key);
                    _byUse.RemoveLast();
                }
            }
        }
    }

    private int StartOf(Guide guide, JsonGrammar json) => guide switch
    {
        JsonGuide => json.Value(json.Grammar.End),
        JsonSchemaGuide schema => JsonSchemaCompiler.Compile(json, schema.Schema, json.Grammar.End),
        RegexGuide regex => TextOf(json.Grammar, RegexParser.Parse(regex.Pattern, search: false), "RegexGuide"),
        ChoiceGuide choice => TextOf(json.Grammar, new RegexAlternation([.. choice.Choices.Select(RegexNode.Literal)]), "ChoiceGuide"),
        ToolCallGuide calls => ToolCallGrammar.Build(json, calls, tokenizer.SpecialTokens.PythonTag),
        _ => throw new FeatureNotSupportedException($"The CPU engine does not support {guide.GetType().Name}."),
    };

    private static int TextOf(Grammar grammar, RegexNode regex, string where)
    {
        var dfa = Dfa.FromRegex(regex, where);
        return dfa.AcceptsNothing ? throw GuideNotSupported.Because("an expression that nothing satisfies", where) : grammar.Text(dfa, grammar.End);
    }

    private static string KeyOf(Guide guide)
    {
        var key = new StringBuilder(guide.GetType().Name);
        void Add(string part) => key.Append('\0').Append(part.Length).Append(':').Append(part);

        switch (guide)
        {
            case JsonSchemaGuide schema:
                Add(schema.Schema.GetRawText());
                break;
            case RegexGuide regex:
                Add(regex.Pattern);
                break;
            case ChoiceGuide choice:
                foreach (var text in choice.Choices)
                {
                    Add(text);
                }

                break;
            case ToolCallGuide calls:
                Add($"{calls.Required} {calls.AllowMultiple} {calls.ResponseSchema?.GetRawText()}");
                foreach (var tool in calls.Tools)
                {
                    Add(tool.Name);
                    Add(tool.Parameters.GetRawText());
                }

                break;
        }

        return key.ToString();
    }

    // Of a guide that cannot be enforced the reason is kept: finding it again would cost as much as the first time.
    private sealed record Compiled(string Key, GuideAutomaton? Automaton, string Refusal);
}

using System.Text;
using LlamaFp4.Native.Guidance;

namespace LlamaFp4.Native.Tests.Guidance;

/// <summary>Writes texts with a guide as a model would that chooses tokens at random, and asks whether a guide allows a text.</summary>
internal sealed class GuidedText
{
    private const int PythonTag = 400;

    private static readonly string[] LongTokens =
        ["{\"", "\": ", "\", \"", "\"}", "\": \"", "}, {", "[\"", "\"]", "true", "false", "null", "12", "00", ".5", "e-", " a", "the", "name", "é", "🦙", "\\n", "\\\"", "\"}]}", "]]", "], [", "; {\"name", "{\"name\": \""];

    private static readonly VocabularyTrie Trie = BuildTrie();

    private readonly GuideAutomaton _automaton;

    public GuidedText(Func<JsonGrammar, int> build)
    {
        var grammar = new Grammar();
        grammar.Start = build(new JsonGrammar(grammar));
        _automaton = new GuideAutomaton(grammar, Trie);
    }

    /// <summary>A complete text; tokens that close something become likelier as it grows.</summary>
    public string Write(Random random, int softLimit = 40)
    {
        var bytes = new List<byte>();
        var state = _automaton.Start;
        for (var i = 0; i < 3000; i++)
        {
            var allowed = _automaton.AllowedTokens(state);
            var candidates = Enumerable.Range(0, Trie.VocabularySize).Where(allowed.Contains).ToList();
            if (state.IsComplete && (candidates.Count == 0 || random.Next(4) == 0 || i > softLimit))
            {
                return Encoding.UTF8.GetString([.. bytes]);
            }

            Assert.True(candidates.Count > 0, $"dead end after: {Encoding.UTF8.GetString([.. bytes])}");
            var closing = candidates.Where(c => BytesOf(c) is [(byte)'"' or (byte)'}' or (byte)']', ..]).ToList();
            var token = i > softLimit && closing.Count > 0 && random.Next(3) > 0 ? closing[random.Next(closing.Count)] : candidates[random.Next(candidates.Count)];
            bytes.AddRange(BytesOf(token));
            state = _automaton.Next(state, BytesOf(token));
            Assert.NotNull(state);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    public bool Allows(string text) => _automaton.Next(_automaton.Start, Encoding.UTF8.GetBytes(text)) is { IsComplete: true };

    public bool AllowsBeginning(string text) => _automaton.Next(_automaton.Start, Encoding.UTF8.GetBytes(text)) is not null;

    /// <summary>The mask agrees, token by token, with reading the token's bytes.</summary>
    public void AssertMaskIsExact(string beginning)
    {
        var state = _automaton.Next(_automaton.Start, Encoding.UTF8.GetBytes(beginning));
        Assert.NotNull(state);
        var allowed = _automaton.AllowedTokens(state);
        for (var id = 0; id < 256 + LongTokens.Length; id++)
        {
            Assert.True(allowed.Contains(id) == _automaton.Next(state, BytesOf(id)) is not null, $"token {id} after '{beginning}'");
        }
    }

    private static byte[] BytesOf(int token) => token < 256 ? [(byte)token] : Encoding.UTF8.GetBytes(LongTokens[token - 256]);

    private static VocabularyTrie BuildTrie()
    {
        var tokens = new List<(byte[], int)>();
        for (var id = 0; id < 256 + LongTokens.Length; id++)
        {
            tokens.Add((BytesOf(id), id));
        }

        return VocabularyTrie.Build(tokens, PythonTag + 1);
    }
}

using LlamaFp4.Provider.ToolCalling;

namespace LlamaFp4.Provider.Tests.ToolCalling;

/// <summary>However a text is cut, the same comes out; and with all calls undeclared, exactly the text itself.</summary>
public class ToolCallParserChunkingTests
{
    private static readonly string[] Parts =
    [
        "Text ", " ", "\n", ";", ",", "{", "}", "[", "]", "\"", "<", "{\"", "<|python_tag|>", "name", "🦙", "\\ud83e\\udd99", "\\u00e9",
        """{"name": "play", "parameters": {"song": "a"}}""", """{"name": "play", "parameters": {"song": "\ud83e\udd99 \"x\""}}""",
        """{"name": "pl""", """{"name": "player", """, """{"type": "function", "function": {"name": "play", "arguments": {"n": [1.50, true]}}}""",
        """[{"name": "play"}, {"name": "stop"}]""", """[{"name": "play"}, """, "<function=play>{\"song\": 1}</function>", "<function=play>{}",
        "</function>", "<function=", "play.call(song=\"a\")", "play.call(song=\"a\"", "print(1)", """{"result": 42}""",
    ];

    public static TheoryData<string[], bool, bool> Settings => new()
    {
        { ["play", "stop"], false, false },
        { ["play", "stop"], true, false },
        { ["play", "stop"], true, true },
        { ["play", "code_interpreter"], false, false },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void EverySplit_GivesTheSame(string[] tools, bool callsInText, bool firstCallOnly)
    {
        Random random = new(405);
        for (var run = 0; run < 1500; run++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Parts[random.Next(Parts.Length)]));
            var isComplete = random.Next(3) > 0;
            ToolCallParser NewParser() => new(Transcript.Tools(tools), callsInText, firstCallOnly);
            var whole = Transcript.Of(text, NewParser(), isComplete: isComplete);

            Assert.Equal(whole, Transcript.Of(text, NewParser(), () => 1, isComplete));
            Assert.Equal(whole, Transcript.Of(text, NewParser(), () => random.Next(1, 12), isComplete));
        }
    }

    [Fact]
    public void NothingDeclaredMatches_TextComesOutVerbatim()
    {
        Random random = new(31);
        for (var run = 0; run < 1500; run++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Parts[random.Next(Parts.Length)]));
            ToolCallParser parser = new(Transcript.Tools("plan", "names"), callsInText: random.Next(2) == 0);

            var transcript = Transcript.Of(text, parser, () => random.Next(1, 12));

            Assert.Equal(text.Replace("<|python_tag|>", "", StringComparison.Ordinal), transcript);
        }
    }

    [Fact]
    public void EverySplitIntoTwo_GivesTheSame()
    {
        const string text = """
            Let me see. <|python_tag|>{"name": "play", "parameters": {"song": "caf\u00e9 \ud83e\udd99", "n": -1.5e+3}}; {"name": "stop"} Done {x}.
            """;
        var whole = Transcript.Of(text, new ToolCallParser(Transcript.Tools("play", "stop")));

        for (var cut = 1; cut < text.Length; cut++)
        {
            Queue<int> lengths = new([cut]);
            var transcript = Transcript.Of(text, new ToolCallParser(Transcript.Tools("play", "stop")), () => lengths.TryDequeue(out var length) ? length : int.MaxValue);

            Assert.Equal(whole, transcript);
        }

        Assert.Equal("""Let me see. ⟨play song="caf\u00e9 \ud83e\udd99" n=-1.5e+3⟩⟨stop⟩ Done {x}.""", whole);
    }

    [Fact]
    public void LongCandidate_TakesTimeInProportion()
    {
        ToolCallParser parser = new(Transcript.Tools("play"));
        var song = new string('x', 2_000_000);
        var text = """{"name": "play", "parameters": {"song": "SONG"}}""".Replace("SONG", song, StringComparison.Ordinal);

        var transcript = Transcript.Of(text, parser, () => 1);

        Assert.Equal($"⟨play song=\"{song}\"⟩", transcript);
    }
}

using LlamaFp4.Provider.Decoding;

namespace LlamaFp4.Provider.Tests.Decoding;

public class StopSequenceDetectorTests
{
    [Fact]
    public void Append_NoStopSequences_ReturnsTheSameString()
    {
        var text = new string("plain".ToCharArray());
        StopSequenceDetector detector = new([]);

        var shown = detector.Append(text);

        Assert.Same(text, shown);
    }

    [Fact]
    public void Append_TextWithoutFirstCharacter_ReturnsTheSameString()
    {
        var text = new string("plain".ToCharArray());
        StopSequenceDetector detector = new(["#end"]);

        var shown = detector.Append(text);

        Assert.Same(text, shown);
    }

    [Fact]
    public void Append_StopInsideText_ReturnsTextBeforeIt()
    {
        StopSequenceDetector detector = new(["END"]);

        var shown = detector.Append("one END two");

        Assert.Equal("one ", shown);
        Assert.Equal("END", detector.Match);
        Assert.Equal("", detector.Append("three"));
        Assert.Equal("", detector.Flush());
    }

    [Fact]
    public void Append_StopSplitOverChunks_IsNeverShown()
    {
        StopSequenceDetector detector = new(["<stop>"]);

        string[] shown = [detector.Append("a<"), detector.Append("st"), detector.Append("op"), detector.Append(">b")];

        Assert.Equal(["a", "", "", ""], shown);
        Assert.Equal("<stop>", detector.Match);
    }

    [Fact]
    public void Append_PrefixThatGoesOnDifferently_ComesOutWhole()
    {
        StopSequenceDetector detector = new(["<stop>"]);

        string[] shown = [detector.Append("a<st"), detector.Append("rong>")];

        Assert.Equal(["a", "<strong>"], shown);
        Assert.Null(detector.Match);
    }

    [Fact]
    public void Append_RepeatedBeginning_HoldsOnlyWhatCanStillMatch()
    {
        StopSequenceDetector detector = new(["aab"]);

        string[] shown = [detector.Append("aa"), detector.Append("a"), detector.Append("b")];

        Assert.Equal(["", "a", ""], shown);
        Assert.Equal("aab", detector.Match);
    }

    [Fact]
    public void Append_HoldsNoMoreThanTheLongestPossibleBeginning()
    {
        StopSequenceDetector detector = new(["a long stop sequence"]);

        var shown = detector.Append("this has a");

        Assert.Equal("this has ", shown);
    }

    [Fact]
    public void Append_TwoMatches_TheOneCompleteFirstWins()
    {
        StopSequenceDetector detector = new(["bcde", "cd"]);

        var shown = detector.Append("abcdef");

        Assert.Equal("ab", shown);
        Assert.Equal("cd", detector.Match);
    }

    [Fact]
    public void Append_TwoMatchesAtOneCharacter_TheLongestWins()
    {
        StopSequenceDetector detector = new(["cd", "bcd", "d"]);

        // "d" and "cd" end where "bcd" does.
        var shown = detector.Append("abcdef");

        Assert.Equal("a", shown);
        Assert.Equal("bcd", detector.Match);
    }

    [Fact]
    public void Append_SurrogatePairSplitOverChunks_IsFound()
    {
        StopSequenceDetector detector = new(["🛑"]);

        string[] shown = [detector.Append("go\ud83d"), detector.Append("\uded1 on")];

        Assert.Equal(["go", ""], shown);
        Assert.Equal("🛑", detector.Match);
    }

    [Fact]
    public void Append_ComparesOrdinally()
    {
        StopSequenceDetector detector = new(["Ä"]);

        var shown = detector.Append("ä A\u0308 end");

        Assert.Equal("ä A\u0308 end", shown);
        Assert.Null(detector.Match);
    }

    [Fact]
    public void Flush_HeldText_ComesOutOnce()
    {
        StopSequenceDetector detector = new(["###"]);
        detector.Append("title ##");

        string[] shown = [detector.Flush(), detector.Flush(), detector.Append("#")];

        Assert.Equal(["##", "", ""], shown);
    }

    [Fact]
    public void Validate_UnusableSequence_Throws()
    {
        string[] unusable = ["", null!, "half a pair \ud83d", "\uded1\ud83d", "\ud83d "];

        foreach (var sequence in unusable)
        {
            var error = Assert.Throws<ArgumentException>(() => StopSequenceDetector.Validate(["fine", sequence], "options"));
            Assert.Equal("options", error.ParamName);
        }
    }

    [Fact]
    public void Validate_OneTooMany_ThrowsAndNamesTheLimit()
    {
        var limit = Enumerable.Range(0, 32).Select(i => $"stop{i}").ToList();
        StopSequenceDetector.Validate(limit, "options");

        var error = Assert.Throws<ArgumentException>(() => StopSequenceDetector.Validate([.. limit, "more"], "options"));

        Assert.Contains("At most 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_AnyChunks_GiveWhatReadingCharacterByCharacterGives()
    {
        Random random = new(20261);
        for (var run = 0; run < 3000; run++)
        {
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => RandomText(random, random.Next(1, 6)))];
            var text = RandomText(random, random.Next(0, 40));

            var (shown, match, held) = DetectInChunks(stops, text, random);

            var (expected, expectedMatch, expectedHeld) = NaiveDetect(stops, text);
            Assert.Equal(expectedMatch, match);
            Assert.Equal(expected, shown);
            Assert.Equal(expectedHeld, held);
        }
    }

    private static string RandomText(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => "aab"[random.Next(3)]));

    private static (string Shown, string? Match, string Held) DetectInChunks(string[] stops, string text, Random random)
    {
        StopSequenceDetector detector = new(stops);
        var shown = "";
        for (var start = 0; start < text.Length;)
        {
            var length = random.Next(1, text.Length - start + 1);
            shown += detector.Append(text.Substring(start, length));
            start += length;
        }

        return (shown, detector.Match, detector.Flush());
    }

    private static (string Shown, string? Match, string Held) NaiveDetect(string[] stops, string text)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var match = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (match is not null)
            {
                return (text[..(end - match.Length)], match, "");
            }
        }

        var held = Enumerable.Range(0, text.Length + 1)
            .First(start => stops.Any(stop => stop.Length > text.Length - start && stop.StartsWith(text[start..], StringComparison.Ordinal)));
        return (text[..held], null, text[held..]);
    }
}

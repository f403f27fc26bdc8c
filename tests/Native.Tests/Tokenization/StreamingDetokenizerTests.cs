using System.Text;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Tokenization;

public class StreamingDetokenizerTests
{
    [Fact]
    public void Append_CharacterSplitAcrossTokens_IsEmittedWhole()
    {
        var detokenizer = new StreamingDetokenizer(TinyTokenizer.Create());

        Assert.Equal("a", detokenizer.Append(['a', 0xF0]));
        Assert.Equal("", detokenizer.Append([0x9F]));
        Assert.Equal("", detokenizer.Append([0xA6]));
        Assert.Equal("🦙b", detokenizer.Append([0x99, 'b']));
        Assert.Equal("", detokenizer.Flush());
    }

    [Fact]
    public void Append_BytesThatCannotBecomeACharacter_AreNotHeld()
    {
        var detokenizer = new StreamingDetokenizer(TinyTokenizer.Create());

        Assert.Equal("\uFFFD", detokenizer.Append([0xFF]));
        Assert.Equal("", detokenizer.Append([0xE4]));
        Assert.Equal("\uFFFDx", detokenizer.Append(['x']));
    }

    [Fact]
    public void Flush_UnfinishedCharacter_BecomesReplacementCharacterOnce()
    {
        var detokenizer = new StreamingDetokenizer(TinyTokenizer.Create());
        detokenizer.Append([0xF0, 0x9F, 0xA6]);

        Assert.Equal("\uFFFD", detokenizer.Flush());
        Assert.Equal("", detokenizer.Flush());
    }

    [Fact]
    public void Flush_BeginsANewStream()
    {
        var detokenizer = new StreamingDetokenizer(TinyTokenizer.Create());
        detokenizer.Append([0xC3]);
        detokenizer.Flush();

        Assert.Equal("\uFFFD", detokenizer.Append([0xA9]));
    }

    [Fact]
    public void Append_SpecialTokenInsideACharacter_DoesNotBreakIt()
    {
        var tokenizer = TinyTokenizer.Create();
        var detokenizer = new StreamingDetokenizer(tokenizer);

        Assert.Equal("", detokenizer.Append([0xC3]));
        Assert.Equal("", detokenizer.Append([tokenizer.SpecialTokens.PythonTag]));
        Assert.Equal("é", detokenizer.Append([0xA9]));
    }

    [Fact]
    public void Append_SpecialTokenThatIsKept_EndsTheCharacterBeforeIt()
    {
        var tokenizer = TinyTokenizer.Create();
        var detokenizer = new StreamingDetokenizer(tokenizer, keepSpecialTokens: true);

        Assert.Equal("", detokenizer.Append([0xC3]));
        Assert.Equal("\uFFFD<|python_tag|>", detokenizer.Append([tokenizer.SpecialTokens.PythonTag]));
        Assert.Equal("\uFFFD", detokenizer.Append([0xA9]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnySplit_GivesTheTextOfDecodingAtOnce(bool keepSpecialTokens)
    {
        var tokenizer = TinyTokenizer.Create("ab", "中", " é", "🦙");
        var random = new Random(31);
        for (var round = 0; round < 3000; round++)
        {
            var ids = RandomIds(random, tokenizer);
            var detokenizer = new StreamingDetokenizer(tokenizer, keepSpecialTokens);
            List<string> chunks = [];
            for (var start = 0; start < ids.Length;)
            {
                var count = random.Next(0, Math.Min(5, ids.Length - start) + 1);
                chunks.Add(detokenizer.Append(ids.AsSpan(start, count)));
                start += count;
            }

            chunks.Add(detokenizer.Flush());

            Assert.Equal(tokenizer.Decode(ids, keepSpecialTokens), string.Concat(chunks));
            Assert.DoesNotContain(chunks, chunk => chunk.Any(char.IsSurrogate) && !IsWellFormed(chunk));
        }
    }

    [Fact]
    public void OneIdAtATime_HoldsBackAtMostThreeBytes()
    {
        var tokenizer = TinyTokenizer.Create();
        var random = new Random(77);
        for (var round = 0; round < 500; round++)
        {
            var ids = tokenizer.Encode(RandomText.WellFormed(random, 30));
            var detokenizer = new StreamingDetokenizer(tokenizer);
            var emitted = 0;
            for (var i = 0; i < ids.Length; i++)
            {
                emitted += Encoding.UTF8.GetByteCount(detokenizer.Append(ids.AsSpan(i, 1)));

                Assert.InRange(i + 1 - emitted, 0, 3);
            }
        }
    }

    [Fact]
    public void Append_ManyIdsAtOnce_GivesAllTheirText()
    {
        var tokenizer = TinyTokenizer.Create();
        var text = string.Concat(Enumerable.Repeat("lang 🦙 ", 500));
        var detokenizer = new StreamingDetokenizer(tokenizer);

        Assert.Equal(text, detokenizer.Append(tokenizer.Encode(text)));
    }

    [Fact]
    public void Append_IdOutsideTheVocabulary_ChangesNothing()
    {
        var tokenizer = TinyTokenizer.Create();
        var detokenizer = new StreamingDetokenizer(tokenizer);
        detokenizer.Append([0xC3]);

        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => detokenizer.Append([0xA9, 265]));

        Assert.Contains("0 to 264", exception.Message, StringComparison.Ordinal);
        Assert.Equal("é", detokenizer.Append([0xA9]));
    }

    [Fact]
    public void Append_OneTokenAgain_AllocatesNothing()
    {
        var detokenizer = new StreamingDetokenizer(TinyTokenizer.Create("hello"));
        int[] hello = [256];

        var allocated = AllocatedBy(() => detokenizer.Append(hello));
        var allocatedByNoText = AllocatedBy(() => detokenizer.Append([]));

        Assert.Equal(0, allocated);
        Assert.Equal(0, allocatedByNoText);
    }

    [Fact]
    public void Append_OneSpecialToken_IsTextOnlyIfKept()
    {
        var tokenizer = TinyTokenizer.Create();
        int[] pythonTag = [tokenizer.SpecialTokens.PythonTag];

        Assert.Equal("<|python_tag|>", new StreamingDetokenizer(tokenizer, keepSpecialTokens: true).Append(pythonTag));
        Assert.Equal("", new StreamingDetokenizer(tokenizer).Append(pythonTag));
    }

    [Fact]
    public void Append_WholeTokenBehindAnUnfinishedCharacter_ComesBehindItsReplacement()
    {
        var detokenizer = new StreamingDetokenizer(TinyTokenizer.Create("hello"));
        detokenizer.Append([256]);
        detokenizer.Append([0xC3]);

        Assert.Equal("\uFFFDhello", detokenizer.Append([256]));
        Assert.Equal("hello", detokenizer.Append([256]));
    }

    [Fact]
    public void Constructor_NullTokenizer_Throws() => Assert.Throws<ArgumentNullException>("tokenizer", () => new StreamingDetokenizer(null!));

    // On the second call: the first one also compiles.
    private static long AllocatedBy(Func<string> action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    // Mostly bytes of UTF-8 sequences, broken in every way.
    private static int[] RandomIds(Random random, LlamaTokenizer tokenizer) =>
        [.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => random.Next(4) switch
        {
            0 => random.Next(tokenizer.VocabularySize),
            1 => random.Next(0xE0, 0xF8),
            _ => random.Next(0x80, 0xC8),
        })];

    private static bool IsWellFormed(string text) => string.Concat(text.EnumerateRunes()) == text;
}

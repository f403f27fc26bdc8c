using System.Text.Json.Nodes;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Tokenization;

public class LlamaTokenizerEncodeTests
{
    // Ids of TinyTokenizer: a byte is its own id, then the merged tokens from 256 on.
    private const int First = TinyTokenizer.FirstMergedId;

    [Fact]
    public void Encode_EmptyText_HasNoIds()
    {
        var tokenizer = TinyTokenizer.Create();

        Assert.Empty(tokenizer.Encode(""));
    }

    [Fact]
    public void Encode_WithoutMerges_GivesTheUtf8Bytes()
    {
        var tokenizer = TinyTokenizer.Create();

        var ids = tokenizer.Encode("é 🦙");

        Assert.Equal([0xC3, 0xA9, 0x20, 0xF0, 0x9F, 0xA6, 0x99], ids);
    }

    [Fact]
    public void Encode_ToList_AppendsToWhatIsThere()
    {
        var tokenizer = TinyTokenizer.Create();
        List<int> ids = [7];

        tokenizer.Encode("ab", ids);

        Assert.Equal([7, 'a', 'b'], ids);
    }

    [Fact]
    public void Encode_Pair_IsMergedWithinAPieceOnly()
    {
        var tokenizer = TinyTokenizer.Create("1a", "ab", "b ");

        var ids = tokenizer.Encode("1ab ab");

        Assert.Equal(['1', First + 1, ' ', First + 1], ids);
    }

    [Fact]
    public void Encode_EarlierMerge_GoesBeforeTheLeftOne()
    {
        var tokenizer = TinyTokenizer.Create("bc", "ab", "cd");

        var ids = tokenizer.Encode("abcd");

        Assert.Equal(['a', First, 'd'], ids);
    }

    [Fact]
    public void Encode_SameMergeTwice_GoesFromTheLeft()
    {
        var tokenizer = TinyTokenizer.Create("aa");

        var ids = tokenizer.Encode("aaaaa");

        Assert.Equal([First, First, 'a'], ids);
    }

    [Fact]
    public void Encode_MergeOfMerges_BuildsLongTokens()
    {
        var tokenizer = TinyTokenizer.Create("he", "ll", "hell", "hello");

        var ids = tokenizer.Encode("hellohell");

        Assert.Equal([First + 3, First + 2], ids);
    }

    [Fact]
    public void Encode_ListPosition_DecidesAndNotTheId()
    {
        var json = TinyTokenizer.Json("ab", "bc");
        json["model"]!["merges"] = new JsonArray("b c", "a b");
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode("abcx");

        Assert.Equal(['a', First + 1, 'x'], ids);
    }

    [Fact]
    public void Encode_PairThatIsNotListed_IsNotMerged()
    {
        // "abc" may only be made of "ab" and "c", although "a" and "bc" are tokens too.
        var json = TinyTokenizer.Json("ab", "bc", "abc");
        json["model"]!["merges"] = new JsonArray("b c", "a b", "ab c");
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode("abcx");

        Assert.Equal(['a', First + 1, 'x'], ids);
    }

    [Fact]
    public void Encode_SeveralCutsOfOneToken_EachLeadThere()
    {
        var json = TinyTokenizer.Json("ab", "bc", "abc");
        json["model"]!["merges"] = new JsonArray("b c", "a b", "ab c", "a bc");
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode("abcx");

        Assert.Equal([First + 2, 'x'], ids);
    }

    [Fact]
    public void Encode_WholePieceInVocabulary_NeedsNoMerge()
    {
        // No merge leads to "zebra": its parts are no tokens.
        var tokenizer = TinyTokenizer.Create("zebra");

        var ids = tokenizer.Encode("zebra zebra");

        Assert.Equal([First, ' ', 'z', 'e', 'b', 'r', 'a'], ids);
    }

    [Fact]
    public void Encode_WholePieceInVocabulary_GoesBeforeTheMerges()
    {
        // The merges alone end at "ab", "c": the pair "a", "bc" that leads to the token is never there.
        var json = TinyTokenizer.Json("ab", "bc", "abc");
        json["model"]!["merges"] = new JsonArray("a b", "b c", "a bc");
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode("abc!abcd");

        Assert.Equal([First + 2, '!', First, 'c', 'd'], ids);
    }

    [Fact]
    public void Encode_MergesAsPairs_EqualMergesAsText()
    {
        var json = TinyTokenizer.Json("ab", "abc");
        json["model"]!["merges"] = new JsonArray(new JsonArray("a", "b"), new JsonArray("ab", "c"));
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode("abcabd");

        Assert.Equal([First + 1, First, 'd'], ids);
    }

    [Fact]
    public void Encode_TokenOfPartialCharacters_IsUsed()
    {
        // "中" and "丮" share their first two bytes.
        var json = TinyTokenizer.Json();
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        vocabulary["ä¸"] = First;
        json["added_tokens"] = new JsonArray([.. TinyTokenizer.SpecialTokens.Select((text, i) => TinyTokenizer.AddedToken(text, First + 1 + i))]);
        json["model"]!["merges"] = new JsonArray("ä ¸");
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode("中丮");

        Assert.Equal([First, 0xAD, First, 0xAE], ids);
    }

    // Not as InlineData: attributes hold UTF-8, which cannot say this.
    [Fact]
    public void Encode_LoneSurrogate_BecomesReplacementCharacter()
    {
        var tokenizer = TinyTokenizer.Create();

        Assert.Equal(['a', 0xEF, 0xBF, 0xBD, 'b'], tokenizer.Encode("a\uD83Eb"));
        Assert.Equal(['a', 0xEF, 0xBF, 0xBD, 'b'], tokenizer.Encode("a\uDD99b"));
        Assert.Equal([0xEF, 0xBF, 0xBD], tokenizer.Encode("\uD83E"));
    }

    [Fact]
    public void Encode_LoneSurrogatesAnywhere_EncodeAsReplacementCharacters()
    {
        var tokenizer = TinyTokenizer.Create("ab", "aba", "\uFFFD");
        var random = new Random(11);
        for (var round = 0; round < 500; round++)
        {
            var text = RandomText.AnyUnits(random, length: random.Next(1, 40));
            var replaced = string.Concat(text.EnumerateRunes());

            Assert.Equal(tokenizer.Encode(replaced), tokenizer.Encode(text));
        }
    }

    [Fact]
    public void Encode_PieceOfAnyLength_MergesAsTheDefinitionSays()
    {
        string[] tokens = ["ab", "ba", "aa", "abab", "baa", "aaaa", "ababab", "bb", "aab", "bbaa"];
        var tokenizer = TinyTokenizer.Create(tokens);
        var random = new Random(128);
        for (var length = 1; length <= 400; length++)
        {
            var piece = string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(3) == 0 ? 'b' : 'a'));

            Assert.Equal(NaiveEncode(piece, tokens), tokenizer.Encode(piece));
        }
    }

    [Fact]
    public void Encode_WholePieceLongerThanTheScratch_IsFound()
    {
        var word = string.Concat(Enumerable.Repeat("langweilig", 100));
        var tokenizer = TinyTokenizer.Create(word);

        Assert.Equal([First], tokenizer.Encode(word));
    }

    // Quadratic merging would take minutes to hours here; the limit leaves room for the slowest machine.
    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("中")]
    [InlineData("🦙")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("!")]
    [InlineData("\n ")]
    [InlineData("'")]
    public void Encode_MillionRepetitions_IsNotQuadratic(string part)
    {
        var tokenizer = TinyTokenizer.Create("aa", "aaaa", "aaaaaaaa", "ab", "abab", "  ", "    ", "\n\n", "!!", "中中");
        var text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
        var started = TimeProvider.System.GetTimestamp();

        var ids = tokenizer.Encode(text);

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void Encode_ToListWithRoom_AllocatesNothing()
    {
        var tokenizer = TinyTokenizer.Create("he", "hello");
        var text = "Hello hello, 12345 worlds: 日本語 🦙\n" + new string('y', 100);
        var ids = new List<int>(1000);
        tokenizer.Encode(text, ids);
        ids.Clear();

        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(text, ids);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = TinyTokenizer.Create("ab", "abab", "he", "hell");
        var random = new Random(3);
        var texts = Enumerable.Range(0, 200).Select(_ => RandomText.WellFormed(random, 200) + new string('a', random.Next(300))).ToArray();
        var expected = texts.Select(text => tokenizer.Encode(text)).ToArray();

        var tasks = Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => texts.Select(text => tokenizer.Encode(text)).ToArray(),
            TestContext.Current.CancellationToken));

        foreach (var ids in await Task.WhenAll(tasks))
        {
            Assert.Equal(expected, ids);
        }
    }

    [Fact]
    public void Encode_NullList_Throws()
    {
        var tokenizer = TinyTokenizer.Create();

        Assert.Throws<ArgumentNullException>("tokenIds", () => tokenizer.Encode("a", null!));
    }

    // Ids of a one-piece ASCII text whose token list is given in merge order, each token with its first cut only.
    private static List<int> NaiveEncode(string piece, string[] tokens)
    {
        if (Array.IndexOf(tokens, piece) is >= 0 and var whole)
        {
            return [First + whole];
        }

        var merges = TinyTokenizer.Json(tokens)["model"]!["merges"]!.AsArray().Select(merge => merge!.GetValue<string>()).ToList();
        var parts = piece.Select(character => character.ToString()).ToList();
        while (true)
        {
            var ranks = parts.Zip(parts.Skip(1), (left, right) => merges.IndexOf($"{left} {right}")).Select(rank => rank < 0 ? int.MaxValue : rank).ToList();
            if (ranks.DefaultIfEmpty(int.MaxValue).Min() is var lowest && lowest == int.MaxValue)
            {
                return [.. parts.Select(part => part.Length == 1 ? part[0] : First + Array.IndexOf(tokens, part))];
            }

            var at = ranks.IndexOf(lowest);
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
    }
}

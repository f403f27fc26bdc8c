using System.Text;
using System.Text.Json.Nodes;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Tokenization;

public class LlamaTokenizerSpecialTokenTests
{
    public static TheoryData<string> SpecialTokens => [.. TinyTokenizer.SpecialTokens];

    [Theory]
    [MemberData(nameof(SpecialTokens))]
    public void Encode_TextOfASpecialToken_IsOrdinaryTextAndRoundTrips(string special)
    {
        var tokenizer = TinyTokenizer.Create("<|", "|>", "eot", "begin");
        var text = $"Ignore this.{special}{special}\n\n{special}system";

        var ids = tokenizer.Encode(text);

        Assert.DoesNotContain(ids, tokenizer.IsSpecial);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("  stop", " | stop")]
    public void Encode_PieceThatIsASpecialToken_IsOrdinaryText(string text, string pieces)
    {
        // A control token whose text is one piece, listed in the vocabulary as trainers do.
        var json = TinyTokenizer.Json();
        var id = 256 + TinyTokenizer.SpecialTokens.Count;
        json["model"]!["vocab"]!["stop"] = id;
        json["added_tokens"]!.AsArray().Add((JsonNode)TinyTokenizer.AddedToken("stop", id));
        var tokenizer = TinyTokenizer.Load(json);

        var ids = tokenizer.Encode(text);

        Assert.Equal(pieces.Replace("|", "", StringComparison.Ordinal).Select(character => (int)character), ids);
        Assert.True(tokenizer.IsSpecial(id));
    }

    [Fact]
    public void SpecialTokens_HaveTheIdsOfTheirNames()
    {
        var tokenizer = TinyTokenizer.Create("ab");

        var special = tokenizer.SpecialTokens;

        Assert.Equal(257, special.BeginOfText);
        Assert.Equal(258, special.EndOfText);
        Assert.Equal(261, special.StartHeader);
        Assert.Equal(262, special.EndHeader);
        Assert.Equal(263, special.EndOfMessage);
        Assert.Equal(264, special.EndOfTurn);
        Assert.Equal(265, special.PythonTag);
        Assert.Equal(266, tokenizer.VocabularySize);
    }

    [Fact]
    public void SpecialTokens_MayStandBeforeTheOrdinaryOnes()
    {
        var json = TinyTokenizer.Json("ab");
        var count = TinyTokenizer.SpecialTokens.Count;
        foreach (var (i, token) in json["added_tokens"]!.AsArray().Index())
        {
            token!["id"] = count - 1 - i;
        }

        foreach (var (text, id) in json["model"]!["vocab"]!.AsObject().ToList())
        {
            json["model"]!["vocab"]![text] = id!.GetValue<int>() + count;
        }

        var tokenizer = TinyTokenizer.Load(json);

        Assert.Equal(count - 1, tokenizer.SpecialTokens.BeginOfText);
        Assert.Equal(0, tokenizer.SpecialTokens.PythonTag);
        Assert.Equal([256 + count, '!' + count], tokenizer.Encode("ab!"));
    }

    [Fact]
    public void TryGetSpecialToken_KnowsControlTokensOnly()
    {
        var tokenizer = TinyTokenizer.Create("ab");

        Assert.True(tokenizer.TryGetSpecialToken("<|finetune_right_pad_id|>", out var id));
        Assert.Equal(260, id);
        Assert.False(tokenizer.TryGetSpecialToken("<|no_such_token|>", out _));
        Assert.False(tokenizer.TryGetSpecialToken("ab", out _));
    }

    [Fact]
    public void AddedTokenThatIsNotSpecial_IsDecodedAsTextButNeverEncoded()
    {
        var json = TinyTokenizer.Json();
        var id = 256 + TinyTokenizer.SpecialTokens.Count;
        var added = TinyTokenizer.AddedToken("<note>", id);
        added["special"] = false;
        json["added_tokens"]!.AsArray().Add((JsonNode)added);
        var tokenizer = TinyTokenizer.Load(json);

        Assert.Equal("<note>!", tokenizer.Decode([id, '!']));
        Assert.DoesNotContain(id, tokenizer.Encode("<note>"));
        Assert.False(tokenizer.IsSpecial(id));
        Assert.False(tokenizer.TryGetSpecialToken("<note>", out _));
    }

    [Fact]
    public void GetBytes_OfASpecialToken_IsItsText()
    {
        var tokenizer = TinyTokenizer.Create();

        var bytes = tokenizer.GetBytes(tokenizer.SpecialTokens.EndOfTurn);

        Assert.Equal("<|eot_id|>", Encoding.UTF8.GetString(bytes));
    }
}

using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Tokenization;

public class LlamaTokenizerDecodeTests
{
    [Fact]
    public void Decode_NoIds_IsEmpty()
    {
        var tokenizer = TinyTokenizer.Create();

        Assert.Equal("", tokenizer.Decode([]));
    }

    [Fact]
    public void Decode_CharacterInSeveralTokens_IsWhole()
    {
        var tokenizer = TinyTokenizer.Create(" L");

        Assert.Equal(" Lé🦙", tokenizer.Decode([256, 0xC3, 0xA9, 0xF0, 0x9F, 0xA6, 0x99]));
    }

    [Fact]
    public void Decode_SpecialTokens_AreLeftOutOrWritten()
    {
        var tokenizer = TinyTokenizer.Create();
        int[] ids = [tokenizer.SpecialTokens.StartHeader, 'u', tokenizer.SpecialTokens.EndHeader, '!'];

        Assert.Equal("u!", tokenizer.Decode(ids));
        Assert.Equal("<|start_header_id|>u<|end_header_id|>!", tokenizer.Decode(ids, keepSpecialTokens: true));
    }

    [Fact]
    public void Decode_SpecialTokenInsideACharacter_JoinsOrBreaksIt()
    {
        var tokenizer = TinyTokenizer.Create();
        int[] ids = [0xC3, tokenizer.SpecialTokens.EndOfTurn, 0xA9];

        Assert.Equal("é", tokenizer.Decode(ids));
        Assert.Equal("\uFFFD<|eot_id|>\uFFFD", tokenizer.Decode(ids, keepSpecialTokens: true));
    }

    [Theory]
    [InlineData(new int[] { 0xFF, 'a' }, "\uFFFDa")]
    [InlineData(new int[] { 0xE4, 0xB8, 'a' }, "\uFFFDa")]
    [InlineData(new int[] { 0xE4, 'a' }, "\uFFFDa")]
    [InlineData(new int[] { 0xED, 0xA0, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    [InlineData(new int[] { 0xF0, 0x9F, 0xA6 }, "\uFFFD")]
    [InlineData(new int[] { 0xC0, 0xAF }, "\uFFFD\uFFFD")]
    public void Decode_BrokenUtf8_GivesOneReplacementForEachMaximalPart(int[] ids, string expected)
    {
        var tokenizer = TinyTokenizer.Create();

        Assert.Equal(expected, tokenizer.Decode(ids));
    }

    [Fact]
    public void Decode_OfEncode_IsTheText()
    {
        var tokenizer = TinyTokenizer.Create("ab", "  ", "    ", "\n\n", "==", "20", "中", "é");
        var random = new Random(1);
        for (var round = 0; round < 1000; round++)
        {
            var text = RandomText.WellFormed(random, length: random.Next(0, 80));

            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(265)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void IdOutsideTheVocabulary_IsRefusedWithTheFigures(int id)
    {
        var tokenizer = TinyTokenizer.Create();

        var decoding = Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode(['a', id]));

        Assert.Equal(id, decoding.ActualValue);
        Assert.Contains("0 to 264", decoding.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("tokenId", () => tokenizer.IsSpecial(id));
        Assert.Throws<ArgumentOutOfRangeException>("tokenId", () => tokenizer.GetBytes(id).Length);
    }
}

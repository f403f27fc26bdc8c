using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Tests.Tokenization;

/// <summary>Llama 3.1's own vocabulary, which is licensed and not in the repository: an environment variable names the directory that holds it.</summary>
public class Llama31TokenizerTests
{
    private const string DirectoryVariable = "LLAMAFP4_LLAMA31_TOKENIZER";

    private static readonly Lazy<LlamaTokenizer> Tokenizer = new(() => LlamaTokenizer.Load(Environment.GetEnvironmentVariable(DirectoryVariable)!));

    public static TheoryData<string, int[]> KnownIds => new()
    {
        { "Hello", [9906] },
        { "system", [9125] },
        { "user", [882] },
        { "assistant", [78191] },
        { "ipython", [23799, 4690] },
        { "\n\n", [271] },
        { " Việt", [101798] },
        { "\uFFFD", [5809] },
        { "\uD83E", [5809] },
        { "🦙", [9468, 99, 247] },
        { "<|eot_id|>", [27, 91, 68, 354, 851, 91, 29] },
        { "<|python_tag|>", [27, 91, 12958, 9556, 91, 29] },
        { "\n\n\n22", [1432, 1313] },
    };

    [Theory]
    [MemberData(nameof(KnownIds))]
    public void Encode_KnownText_HasItsKnownIds(string text, int[] ids) => Assert.Equal(ids, LoadOrSkip().Encode(text));

    [Fact]
    public void SpecialTokens_HaveTheirKnownIds()
    {
        var tokenizer = LoadOrSkip();

        Assert.Equal(128256, tokenizer.VocabularySize);
        Assert.Equal(128000, tokenizer.SpecialTokens.BeginOfText);
        Assert.Equal(128001, tokenizer.SpecialTokens.EndOfText);
        Assert.Equal(128006, tokenizer.SpecialTokens.StartHeader);
        Assert.Equal(128007, tokenizer.SpecialTokens.EndHeader);
        Assert.Equal(128008, tokenizer.SpecialTokens.EndOfMessage);
        Assert.Equal(128009, tokenizer.SpecialTokens.EndOfTurn);
        Assert.Equal(128010, tokenizer.SpecialTokens.PythonTag);
    }

    [Fact]
    public void Decode_OfEncode_IsTheText()
    {
        var tokenizer = LoadOrSkip();
        var random = new Random(31);
        for (var round = 0; round < 1000; round++)
        {
            var text = RandomText.WellFormed(random, length: random.Next(0, 80));

            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    private static LlamaTokenizer LoadOrSkip()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable(DirectoryVariable) is { Length: > 0 },
            $"{DirectoryVariable} names no directory with Llama 3.1's tokenizer.json.");
        return Tokenizer.Value;
    }
}

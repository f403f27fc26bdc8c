using System.Text.Json;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Tokenization;

/// <summary>
/// The pocket model's own tokenizer against ids and texts that Hugging Face's library gave for it (control-token text encoded as ordinary
/// text; control tokens left out when decoding).
/// </summary>
public class PocketTokenizerTests
{
    private static readonly Lazy<LlamaTokenizer> Tokenizer = new(
        () => LlamaTokenizer.Load(Path.GetDirectoryName(RepositoryFiles.PathOf("models", "pocket", "tokenizer.json"))!));

    [Fact]
    public void Encode_EveryReferenceText_GivesTheReferenceIds()
    {
        var lines = File.ReadAllLines(RepositoryFiles.PathOf("tests", "Vectors", "pocket", "tokenizer.jsonl"));

        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            using var reference = JsonDocument.Parse(line);
            var text = reference.RootElement.GetProperty("text").GetString();

            Assert.Equal(IdsOf(reference.RootElement), Tokenizer.Value.Encode(text));
        });
    }

    [Fact]
    public void Decode_EveryReferenceSequence_GivesTheReferenceText()
    {
        Assert.All(DetokenizerReferences(), reference => Assert.Equal(reference.Text, Tokenizer.Value.Decode(reference.Ids)));
    }

    [Fact]
    public void StreamingDetokenizer_EveryReferenceSequenceInAnySplit_GivesTheReferenceText()
    {
        var random = new Random(9);

        Assert.All(DetokenizerReferences(), reference =>
        {
            var detokenizer = new StreamingDetokenizer(Tokenizer.Value);
            var text = "";
            for (var start = 0; start < reference.Ids.Length;)
            {
                var count = random.Next(1, Math.Min(4, reference.Ids.Length - start) + 1);
                text += detokenizer.Append(reference.Ids.AsSpan(start, count));
                start += count;
            }

            Assert.Equal(reference.Text, text + detokenizer.Flush());
        });
    }

    private static List<(int[] Ids, string Text)> DetokenizerReferences()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.PathOf("tests", "Vectors", "pocket", "detokenizer.json")));
        List<(int[] Ids, string Text)> references = [];
        foreach (var reference in document.RootElement.EnumerateArray())
        {
            references.Add((IdsOf(reference), reference.GetProperty("text").GetString()!));
        }

        Assert.NotEmpty(references);
        return references;
    }

    private static int[] IdsOf(JsonElement reference) => [.. reference.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
}

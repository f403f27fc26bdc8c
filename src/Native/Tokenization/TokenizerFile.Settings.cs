using System.Text.Json;

namespace LlamaFp4.Native.Tokenization;

internal sealed partial class TokenizerFile
{
    // What the encoder and the decoder assume. The post-processor, which adds <|begin_of_text|>, is ignored: a prompt brings its own.
    private void CheckSettings(JsonElement root, JsonElement model)
    {
        Expect(root, "normalizer", "null", IsNullOrMissing);
        CheckPreTokenizer(Member(root, "pre_tokenizer", JsonValueKind.Object));
        Expect(Member(root, "decoder", JsonValueKind.Object), "type", "\"ByteLevel\"", value => IsText(value, "ByteLevel"));

        Expect(model, "type", "\"BPE\"", value => IsText(value, "BPE"));
        Expect(model, "ignore_merges", "true, as all of Llama 3 has: other tokenizers merge differently", value => value.ValueKind == JsonValueKind.True);
        Expect(model, "byte_fallback", "false", IsFalseOrMissing);
        Expect(model, "dropout", "null", IsNullOrMissing);
        Expect(model, "continuing_subword_prefix", "null", IsEmptyOrMissing);
        Expect(model, "end_of_word_suffix", "null", IsEmptyOrMissing);
    }

    private void CheckPreTokenizer(JsonElement preTokenizer)
    {
        Expect(preTokenizer, "type", "\"Sequence\"", value => IsText(value, "Sequence"));
        var steps = Member(preTokenizer, "pretokenizers", JsonValueKind.Array);
        if (steps.GetArrayLength() != 2 || steps.EnumerateArray().Any(step => step.ValueKind != JsonValueKind.Object))
        {
            throw Fault("'pretokenizers' must be the two steps Split and ByteLevel");
        }

        var split = steps[0];
        Expect(split, "type", "\"Split\"", value => IsText(value, "Split"));
        Expect(Member(split, "pattern", JsonValueKind.Object), "Regex", $"Llama 3's {PreTokenizer.Pattern}", value => IsText(value, PreTokenizer.Pattern));
        Expect(split, "behavior", "\"Isolated\"", value => IsText(value, "Isolated"));
        Expect(split, "invert", "false", IsFalseOrMissing);

        var byteLevel = steps[1];
        Expect(byteLevel, "type", "\"ByteLevel\"", value => IsText(value, "ByteLevel"));
        Expect(byteLevel, "add_prefix_space", "false", value => value.ValueKind == JsonValueKind.False);
        Expect(byteLevel, "use_regex", "false", value => value.ValueKind == JsonValueKind.False);
    }

    private void Expect(JsonElement parent, string member, string expected, Func<JsonElement, bool> isExpected)
    {
        parent.TryGetProperty(member, out var value);
        if (!isExpected(value))
        {
            throw Fault($"'{member}' is {Quote(value)}, expected {expected}");
        }
    }

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool IsNullOrMissing(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    private static bool IsEmptyOrMissing(JsonElement value) => IsNullOrMissing(value) || IsText(value, "");

    private static bool IsFalseOrMissing(JsonElement value) => value.ValueKind is JsonValueKind.False or JsonValueKind.Undefined;
}

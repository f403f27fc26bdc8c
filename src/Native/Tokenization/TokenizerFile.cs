using System.Text.Json;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tokenization;

/// <summary>Reads a <c>tokenizer.json</c>, and refuses whatever would give other ids than those the model was trained on.</summary>
/// <remarks>No number in the file decides how much is allocated: ids are checked against the entries that are really there.</remarks>
internal sealed partial class TokenizerFile(string name)
{
    public const string FileName = "tokenizer.json";

    // Llama 3.1's own file has 9 to 17 MB, depending on how it writes merges.
    public const int MaximumBytes = 64 * 1024 * 1024;
    private const int LongestQuote = 60;

    private static readonly JsonDocumentOptions JsonOptions = new() { AllowDuplicateProperties = false };

    public LlamaTokenizer Read(Stream stream) => Read(ReadBytes(stream));

    public LlamaTokenizer Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, JsonOptions);
            return ToTokenizer(document.RootElement);
        }
        catch (JsonException e)
        {
            throw Fault($"expected JSON without duplicate names: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // How System.Text.Json reports strings that are no valid Unicode, when they are asked for.
            throw Fault($"expected valid Unicode text: {e.Message}", e);
        }
    }

    private ReadOnlyMemory<byte> ReadBytes(Stream stream)
    {
        var content = new MemoryStream();
        var chunk = new byte[128 * 1024];
        try
        {
            while (stream.Read(chunk) is > 0 and var count)
            {
                if (content.Length + count > MaximumBytes)
                {
                    throw Fault($"larger than {MaximumBytes:N0} bytes, which no tokenizer of the Llama 3 family is");
                }

                content.Write(chunk, 0, count);
            }
        }
        catch (IOException e)
        {
            throw Fault($"cannot be read: {e.Message}", e);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    private LlamaTokenizer ToTokenizer(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Fault($"the content is {Quote(root)}, expected a JSON object");
        }

        var model = Member(root, "model", JsonValueKind.Object);
        CheckSettings(root, model);
        var addedTokens = ReadAddedTokens(Member(root, "added_tokens", JsonValueKind.Array));
        var ordinaryIds = ReadVocabulary(Member(model, "vocab", JsonValueKind.Object), addedTokens);
        var vocabulary = ToVocabulary(ordinaryIds, addedTokens);
        var merges = ReadMerges(Member(model, "merges", JsonValueKind.Array), ordinaryIds);
        return new LlamaTokenizer(vocabulary, merges, addedTokens);
    }

    private JsonElement Member(JsonElement parent, string member, JsonValueKind kind)
    {
        if (!parent.TryGetProperty(member, out var value))
        {
            throw Fault($"'{member}' is missing, expected {Name(kind)}");
        }

        return value.ValueKind == kind ? value : throw Fault($"'{member}' is {Quote(value)}, expected {Name(kind)}");
    }

    private CheckpointException Fault(string message, Exception? innerException = null) => new(name, null, message, innerException);

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        _ => "a number",
    };

    private static string Quote(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => Quote(value.GetRawText()),
    };

    private static string Quote(string text) => text.Length <= LongestQuote ? text : text[..LongestQuote] + "…";
}

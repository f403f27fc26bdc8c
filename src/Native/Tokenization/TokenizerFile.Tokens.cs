using System.Text;
using System.Text.Json;

namespace LlamaFp4.Native.Tokenization;

internal sealed partial class TokenizerFile
{
    private AddedTokens ReadAddedTokens(JsonElement array)
    {
        var idsByText = new Dictionary<string, int>(StringComparer.Ordinal);
        var specialIds = new HashSet<int>();
        foreach (var token in array.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Object)
            {
                throw Fault($"'added_tokens' holds {Quote(token)}, expected objects");
            }

            var text = Member(token, "content", JsonValueKind.String).GetString()!;
            if (text.Length == 0)
            {
                throw Fault("'added_tokens' holds a token without text");
            }

            if (!idsByText.TryAdd(text, ReadId(Member(token, "id", JsonValueKind.Number), text)))
            {
                throw Fault($"'added_tokens' holds '{Quote(text)}' twice");
            }

            if (token.TryGetProperty("special", out var special) && special.ValueKind == JsonValueKind.True)
            {
                specialIds.Add(idsByText[text]);
            }
        }

        var addedTokens = new AddedTokens(idsByText, specialIds);
        var missing = LlamaSpecialTokens.Names.Where(required => !addedTokens.TryGetSpecial(required, out _)).ToList();
        return missing.Count == 0
            ? addedTokens
            : throw Fault($"'added_tokens' lacks the special tokens {string.Join(", ", missing)}, which Llama 3.1 prompts are framed with");
    }

    // Ordinary tokens only. Trainers may list the added ones here as well; text must never become one of those.
    private Dictionary<string, int> ReadVocabulary(JsonElement vocab, AddedTokens addedTokens)
    {
        var ids = new Dictionary<string, int>(vocab.GetPropertyCount(), StringComparer.Ordinal);
        foreach (var entry in vocab.EnumerateObject())
        {
            var text = entry.Name;
            var id = ReadId(entry.Value, text);
            if (!addedTokens.IdsByText.TryGetValue(text, out var addedId))
            {
                ids.Add(text, id);
            }
            else if (id != addedId)
            {
                throw Fault($"token '{Quote(text)}' has the id {id} in 'vocab' and {addedId} in 'added_tokens', expected the same");
            }
        }

        return ids;
    }

    private int ReadId(JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id)
            ? id
            : throw Fault($"token '{Quote(text)}' has the id {Quote(value)}, expected a whole number");

    private Vocabulary ToVocabulary(Dictionary<string, int> ordinaryIds, AddedTokens addedTokens)
    {
        var count = ordinaryIds.Count + addedTokens.IdsByText.Count;
        var tokens = new byte[count][];
        var isAdded = new bool[count];
        foreach (var (text, id) in addedTokens.IdsByText)
        {
            Place(tokens, id, text, Encoding.UTF8.GetBytes(text));
            isAdded[id] = true;
        }

        foreach (var (text, id) in ordinaryIds)
        {
            var bytes = text.Length == 0 ? null : ByteLevelAlphabet.ToBytes(text);
            Place(tokens, id, text, bytes ?? throw Fault($"token '{Quote(text)}' is not written in the byte-level alphabet"));
        }

        return new Vocabulary(tokens, isAdded);
    }

    // As many tokens as places: where none is outside and none is taken, there is no gap.
    private void Place(byte[]?[] tokens, int id, string text, byte[] bytes)
    {
        if (id < 0 || id >= tokens.Length)
        {
            throw Fault($"token '{Quote(text)}' has the id {id}, expected the ids of {tokens.Length} tokens to run from 0 to {tokens.Length - 1} without gaps");
        }

        if (tokens[id] is not null)
        {
            throw Fault($"token '{Quote(text)}' has the id {id}, which another token has too");
        }

        tokens[id] = bytes;
    }
}

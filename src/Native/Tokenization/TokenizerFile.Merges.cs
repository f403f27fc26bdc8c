using System.Text.Json;

namespace LlamaFp4.Native.Tokenization;

internal sealed partial class TokenizerFile
{
    private BytePairMerges ReadMerges(JsonElement array, Dictionary<string, int> ordinaryIds)
    {
        var ranks = new Dictionary<TokenPair, int>(array.GetArrayLength());
        var mergedIds = new int[array.GetArrayLength()];
        foreach (var merge in array.EnumerateArray())
        {
            var rank = ranks.Count;
            var (left, right) = ReadMerge(merge, rank);
            var pair = new TokenPair(IdOf(left), IdOf(right));
            mergedIds[rank] = IdOf(left + right);
            if (!ranks.TryAdd(pair, rank))
            {
                throw Fault($"merge {rank}, '{Quote(left)} {Quote(right)}', is listed twice");
            }

            int IdOf(string text) => ordinaryIds.TryGetValue(text, out var id)
                ? id
                : throw Fault($"merge {rank}, '{Quote(left)} {Quote(right)}', needs the token '{Quote(text)}', which 'vocab' lacks");
        }

        return new BytePairMerges(ReadByteIds(ordinaryIds), ranks, mergedIds);
    }

    // Older files write "left right", newer ones ["left", "right"]. The byte-level alphabet has no space.
    private (string Left, string Right) ReadMerge(JsonElement merge, int rank)
    {
        if (merge.ValueKind == JsonValueKind.String && merge.GetString()!.Split(' ') is [{ Length: > 0 } first, { Length: > 0 } second])
        {
            return (first, second);
        }

        if (merge.ValueKind == JsonValueKind.Array
            && merge.GetArrayLength() == 2
            && merge[0] is { ValueKind: JsonValueKind.String } left
            && merge[1] is { ValueKind: JsonValueKind.String } right)
        {
            return (left.GetString()!, right.GetString()!);
        }

        throw Fault($"merge {rank} is {Quote(merge)}, expected \"left right\" or [\"left\", \"right\"]");
    }

    private int[] ReadByteIds(Dictionary<string, int> ordinaryIds)
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            if (!ordinaryIds.TryGetValue(ByteLevelAlphabet.ToCharacter((byte)value).ToString(), out ids[value]))
            {
                throw Fault($"'vocab' lacks the token of the single byte 0x{value:X2}, expected all 256");
            }
        }

        return ids;
    }
}

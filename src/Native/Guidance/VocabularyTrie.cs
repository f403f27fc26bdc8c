using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Guidance;

/// <summary>The bytes of all ordinary tokens as a prefix tree in depth-first order, so that a walk is a loop over arrays.</summary>
internal sealed class VocabularyTrie
{
    private VocabularyTrie(List<TrieNode> nodes, int vocabularySize, int maxDepth)
    {
        Nodes = [.. nodes];
        VocabularySize = vocabularySize;
        MaxDepth = maxDepth;
    }

    public TrieNode[] Nodes { get; }

    public int VocabularySize { get; }

    public int MaxDepth { get; }

    public static VocabularyTrie Build(LlamaTokenizer tokenizer)
    {
        var tokens = new List<(byte[] Bytes, int Id)>(tokenizer.VocabularySize);
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (!tokenizer.IsSpecial(id))
            {
                tokens.Add((tokenizer.GetBytes(id).ToArray(), id));
            }
        }

        return Build(tokens, tokenizer.VocabularySize);
    }

    public static VocabularyTrie Build(List<(byte[] Bytes, int Id)> tokens, int vocabularySize)
    {
        tokens.Sort((a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        var nodes = new List<TrieNode>();
        var path = new List<int>();
        byte[] previous = [];
        foreach (var (bytes, id) in tokens)
        {
            var common = bytes.AsSpan().CommonPrefixLength(previous);
            Close(nodes, path, common);
            for (var depth = common; depth < bytes.Length; depth++)
            {
                path.Add(nodes.Count);
                nodes.Add(new TrieNode { Byte = bytes[depth], Depth = (ushort)(depth + 1), TokenId = -1 });
            }

            nodes[path[^1]] = nodes[path[^1]] with { TokenId = id };
            previous = bytes;
        }

        Close(nodes, path, 0);
        return new VocabularyTrie(nodes, vocabularySize, tokens.Count == 0 ? 0 : tokens.Max(t => t.Bytes.Length));
    }

    private static void Close(List<TrieNode> nodes, List<int> path, int depth)
    {
        for (var i = path.Count - 1; i >= depth; i--)
        {
            nodes[path[i]] = nodes[path[i]] with { End = nodes.Count };
            path.RemoveAt(i);
        }
    }
}

/// <summary>A prefix of some token: its last byte, its length, the token it spells (−1: none), and where its subtree ends.</summary>
internal readonly record struct TrieNode
{
    public required byte Byte { get; init; }

    public required ushort Depth { get; init; }

    public required int TokenId { get; init; }

    public int End { get; init; }
}

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>The cached prefixes by token ids: a tree of pages for each cache salt.</summary>
internal sealed class PrefixTree
{
    private readonly PrefixRoot _common = new(null);
    private readonly Dictionary<string, PrefixRoot> _salted = new(StringComparer.Ordinal);

    /// <summary>The empty prefix under a salt.</summary>
    public PrefixNode Root(string? salt)
    {
        if (salt is null)
        {
            return _common;
        }

        if (!_salted.TryGetValue(salt, out var root))
        {
            root = new PrefixRoot(salt);
            _salted.Add(salt, root);
        }

        return root;
    }

    public static void Add(PrefixNode parent, KvPage page, ReadOnlySpan<int> tokenIds)
    {
        page.Publish(parent, tokenIds);
        parent.Add(page);
    }

    public void Remove(KvPage page)
    {
        var parent = page.Parent!;
        parent.Remove(page);
        page.Withdraw();
        DropIfEmpty(parent);
    }

    /// <summary>Forgets a salt under which nothing is cached.</summary>
    public void DropIfEmpty(PrefixNode node)
    {
        if (node is PrefixRoot { Salt: { } salt, FirstPage: null })
        {
            _salted.Remove(salt);
        }
    }
}

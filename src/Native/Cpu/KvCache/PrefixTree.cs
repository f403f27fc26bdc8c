namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>The cached prefixes by token ids: a tree of pages for each cache salt.</summary>
internal sealed class PrefixTree
{
    private readonly PrefixNode _common = new(null);
    private readonly Dictionary<string, PrefixNode> _salted = new(StringComparer.Ordinal);
    private readonly List<KvPage> _pages = [];

    /// <summary>The empty prefix under a salt.</summary>
    public PrefixNode Root(string? salt)
    {
        if (salt is null)
        {
            return _common;
        }

        if (!_salted.TryGetValue(salt, out var root))
        {
            root = new PrefixNode(salt);
            _salted.Add(salt, root);
        }

        return root;
    }

    public void Add(PrefixNode parent, KvPage page, ReadOnlySpan<int> tokenIds)
    {
        page.Publish(parent, tokenIds);
        parent.Pages.Add(page);
        _pages.Add(page);
    }

    public void Remove(KvPage page)
    {
        var parent = page.Parent!;
        parent.Pages.Remove(page);
        _pages.Remove(page);
        page.Withdraw();
        DropIfEmpty(parent);
    }

    /// <summary>Forgets a salt under which nothing is cached.</summary>
    public void DropIfEmpty(PrefixNode node)
    {
        if (node is { Salt: { } salt, Pages.Count: 0 })
        {
            _salted.Remove(salt);
        }
    }

    /// <summary>The page unused longest among those that no sequence uses and no page continues.</summary>
    public KvPage? LeastRecentlyUsed()
    {
        KvPage? oldest = null;
        foreach (var page in _pages)
        {
            if (page is { Users: 0, Next.Pages.Count: 0 } && (oldest is null || page.LastUse < oldest.LastUse))
            {
                oldest = page;
            }
        }

        return oldest;
    }
}

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>The pages of all sequences, and what finished ones left behind for those that begin alike. Not thread-safe, but for the two figures of its use.</summary>
/// <remarks>
/// Full pages are shared as they are; of a page that agrees in part a copy is continued, so that reuse is exact to the token.
/// Pages are allocated as they are first needed; at the limit the least recently used prefix makes room.
/// </remarks>
internal sealed class PagedKvCache(KvLayout layout, int maxPages) : IDisposable
{
    private readonly PrefixTree _tree = new();

    // Cached prefixes that no sequence uses, the least recently used first. A sequence that lets go of its pages adds the last one first, and
    // whoever uses a page uses all before it: so a page is always behind those that continue it, and the first one is continued by none.
    private readonly LinkedList<KvPage> _idle = new();
    private readonly Stack<KvPage> _free = [];
    private readonly List<KvPage> _allocated = [];
    private int _pagesInUse;

    /// <summary>Pages that hold a sequence or a cached prefix.</summary>
    public int UsedPages => _allocated.Count - _free.Count;

    /// <summary>Part of the cache that running sequences use, 0 … 1.</summary>
    public double Usage => (double)_pagesInUse / maxPages;

    /// <summary>Part of the cache that holds a sequence or a cached prefix, 0 … 1.</summary>
    public double Filled => (double)UsedPages / maxPages;

    public static int PagesFor(int tokens) => (tokens + KvLayout.PageTokens - 1) / KvLayout.PageTokens;

    /// <summary>Gives an empty sequence the longest cached prefix of its tokens, and returns how many that covers: at most all but the last.</summary>
    public int Attach(KvSequence sequence, ReadOnlySpan<int> tokenIds)
    {
        var wanted = tokenIds[..^1];
        var node = _tree.Root(sequence.Salt);
        while (node.FullPage(wanted) is { } page)
        {
            Use(page);
            sequence.Append(page);
            sequence.PublishedPages++;
            wanted = wanted[KvLayout.PageTokens..];
            node = page;
        }

        var partial = CopyPartial(sequence, node, wanted);
        _tree.DropIfEmpty(node);
        return tokenIds.Length - 1 - wanted.Length + partial;
    }

    /// <summary>Whether a sequence of these tokens would get its pages now. Evicts nothing, so asking again costs no cached prefix.</summary>
    public bool HasRoomFor(string? salt, ReadOnlySpan<int> tokenIds)
    {
        var wanted = tokenIds[..^1];
        var root = _tree.Root(salt);
        var node = root;
        var (shared, idle) = (0, 0);
        while (node.FullPage(wanted) is { } page)
        {
            shared++;
            idle += page.Users == 0 ? 1 : 0;
            wanted = wanted[KvLayout.PageTokens..];
            node = page;
        }

        _tree.DropIfEmpty(root);

        // A page that no sequence uses is free, not yet allocated, or evictable: whoever uses a page uses all before it.
        return PagesFor(tokenIds.Length) - shared <= maxPages - _pagesInUse - idle;
    }

    /// <summary>Gives a sequence pages for its first positions. Returns false if there is no room; what it has stays.</summary>
    public bool TryReserve(KvSequence sequence, int positions)
    {
        while (sequence.Pages.Count < PagesFor(positions))
        {
            if (TakePage() is not { } page)
            {
                return false;
            }

            Use(page);
            sequence.Append(page);
        }

        return true;
    }

    /// <summary>Makes the full pages of a sequence available to others.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="tokenIds">Its tokens whose keys and values have been computed.</param>
    public void Publish(KvSequence sequence, ReadOnlySpan<int> tokenIds)
    {
        for (var index = sequence.PublishedPages; (index + 1) * KvLayout.PageTokens <= tokenIds.Length; index++)
        {
            PublishPage(sequence, index, tokenIds.Slice(index * KvLayout.PageTokens, KvLayout.PageTokens));
            sequence.PublishedPages = index + 1;
        }
    }

    /// <summary>Takes the pages of a sequence back and keeps what was computed as a cached prefix.</summary>
    public void Release(KvSequence sequence, ReadOnlySpan<int> computedTokenIds)
    {
        Publish(sequence, computedTokenIds);
        var rest = computedTokenIds[(sequence.PublishedPages * KvLayout.PageTokens)..];
        if (rest.Length > 0)
        {
            PublishPage(sequence, sequence.PublishedPages, rest);
        }

        LetGo(sequence);
    }

    /// <summary>Takes the pages of a sequence back and forgets those that were not published.</summary>
    public void Discard(KvSequence sequence) => LetGo(sequence);

    public void Dispose()
    {
        foreach (var page in _allocated)
        {
            page.Dispose();
        }
    }

    private int CopyPartial(KvSequence sequence, PrefixNode node, ReadOnlySpan<int> wanted)
    {
        var (source, length) = node.Longest(wanted);
        if (source is null)
        {
            return 0;
        }

        // Held while a page is looked for, which might otherwise be this one; let go of, it is the most recently used.
        Use(source);
        var copy = TakePage();
        if (copy is not null)
        {
            copy.CopyFrom(source);
            Use(copy);
            sequence.Append(copy);
        }

        LetGo(source);
        return copy is null ? 0 : length;
    }

    private void PublishPage(KvSequence sequence, int index, ReadOnlySpan<int> tokenIds)
    {
        var parent = index == 0 ? _tree.Root(sequence.Salt) : sequence.Pages[index - 1];
        var (known, length) = parent.Longest(tokenIds);
        if (known is not null && length == tokenIds.Length)
        {
            ReplaceBy(known, sequence, index);
            return;
        }

        PrefixTree.Add(parent, sequence.Pages[index], tokenIds);
        if (known is { Users: 0, IsFull: false } && known.TokenCount == length)
        {
            // The new page says all that the known one said.
            _idle.Remove(known.IdleNode);
            _tree.Remove(known);
            _free.Push(known);
        }
    }

    private void ReplaceBy(KvPage known, KvSequence sequence, int index)
    {
        var own = sequence.Pages[index];
        Use(known);
        sequence.Replace(index, known);
        LetGo(own);
    }

    private void Use(KvPage page)
    {
        if (page.Users++ > 0)
        {
            return;
        }

        _pagesInUse++;
        if (page.Parent is not null)
        {
            _idle.Remove(page.IdleNode);
        }
    }

    private void LetGo(KvPage page)
    {
        if (--page.Users > 0)
        {
            return;
        }

        _pagesInUse--;
        if (page.Parent is null)
        {
            _free.Push(page);
        }
        else
        {
            _idle.AddLast(page.IdleNode);
        }
    }

    // The last page first: what continues a prefix is evicted before it.
    private void LetGo(KvSequence sequence)
    {
        for (var index = sequence.Pages.Count - 1; index >= 0; index--)
        {
            LetGo(sequence.Pages[index]);
        }

        sequence.Clear();
    }

    private KvPage? TakePage()
    {
        if (_free.TryPop(out var page))
        {
            return page;
        }

        if (_allocated.Count < maxPages)
        {
            page = new KvPage(layout);
            _allocated.Add(page);
            return page;
        }

        page = _idle.First?.Value;
        if (page is not null)
        {
            _idle.Remove(page.IdleNode);
            _tree.Remove(page);
        }

        return page;
    }
}

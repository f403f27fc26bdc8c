namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>Cached prefixes that no sequence uses, in the order in which they may be evicted: the least recently used first.</summary>
/// <remarks>
/// A sequence that lets go of its pages adds the last one first. Whoever uses a page uses all before it, so a page is always
/// behind those that continue it, and the first one is continued by none.
/// </remarks>
internal sealed class IdlePages
{
    private KvPage? _last;

    public KvPage? First { get; private set; }

    /// <summary>Adds a page as the most recently used.</summary>
    public void Add(KvPage page)
    {
        page.PreviousIdle = _last;
        if (_last is null)
        {
            First = page;
        }
        else
        {
            _last.NextIdle = page;
        }

        _last = page;
    }

    public void Remove(KvPage page)
    {
        if (page.PreviousIdle is { } previous)
        {
            previous.NextIdle = page.NextIdle;
        }
        else
        {
            First = page.NextIdle;
        }

        if (page.NextIdle is { } next)
        {
            next.PreviousIdle = page.PreviousIdle;
        }
        else
        {
            _last = page.PreviousIdle;
        }

        (page.PreviousIdle, page.NextIdle) = (null, null);
    }
}

using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>The pages of one running sequence. Who uses a page is counted by the <see cref="PagedKvCache"/>.</summary>
internal sealed unsafe class KvSequence(string? salt, int maxPages) : IDisposable
{
    private readonly NativeArray<nint> _table = new(maxPages);
    private readonly List<KvPage> _pages = new(int.Min(maxPages, 128));

    public string? Salt { get; } = salt;

    /// <summary>Leading pages that are in the prefix tree, and so never written again.</summary>
    public int PublishedPages { get; set; }

    public IReadOnlyList<KvPage> Pages => _pages;

    /// <summary>Addresses of the pages, as the forward pass reads them.</summary>
    public nint* Table => _table.Pointer;

    public void Append(KvPage page)
    {
        Table[_pages.Count] = page.Address;
        _pages.Add(page);
    }

    /// <summary>Puts a page with the same content in the place of another.</summary>
    public void Replace(int index, KvPage page)
    {
        Table[index] = page.Address;
        _pages[index] = page;
    }

    public void Clear()
    {
        _pages.Clear();
        PublishedPages = 0;
    }

    public void Dispose() => _table.Dispose();
}

using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>Keys and values of 32 positions in a row; once published, also the cached prefix up to its end.</summary>
internal sealed unsafe class KvPage : PrefixNode, IDisposable
{
    private readonly KvLayout _layout;

    // The token ids of the positions lie behind their keys and values.
    private readonly NativeArray<byte> _data;

    public KvPage(KvLayout layout)
    {
        _layout = layout;
        _data = new(layout.PageBytes + (KvLayout.PageTokens * sizeof(int)));
        IdleNode = new LinkedListNode<KvPage>(this);
    }

    /// <summary>Its place among the pages that no sequence uses; made once, so that moving it there and back allocates nothing.</summary>
    public LinkedListNode<KvPage> IdleNode { get; }

    public nint Address => (nint)_data.Pointer;

    /// <summary>Ids of the published positions; none while the page belongs to one sequence only.</summary>
    public ReadOnlySpan<int> TokenIds => new(_data.At(_layout.PageBytes), TokenCount);

    public int TokenCount { get; private set; }

    public bool IsFull => TokenCount == KvLayout.PageTokens;

    /// <summary>Sequences that use the page now.</summary>
    public int Users { get; set; }

    /// <summary>The prefix before this page; null while it is not published.</summary>
    public PrefixNode? Parent { get; private set; }

    public KvPage? PreviousSibling { get; set; }

    public KvPage? NextSibling { get; set; }

    public void Publish(PrefixNode parent, ReadOnlySpan<int> tokenIds)
    {
        (Parent, TokenCount) = (parent, tokenIds.Length);
        tokenIds.CopyTo(new Span<int>(_data.At(_layout.PageBytes), KvLayout.PageTokens));
    }

    public void Withdraw() => (Parent, TokenCount) = (null, 0);

    public void CopyFrom(KvPage page) => Buffer.MemoryCopy((void*)page.Address, (void*)Address, _layout.PageBytes, _layout.PageBytes);

    public void Dispose() => _data.Dispose();
}

using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>Keys and values of 32 positions in a row; once published, also the cached prefix up to its end.</summary>
/// <remarks>The links are those of the lists it is in, so that moving a page from one to another allocates nothing.</remarks>
internal sealed unsafe class KvPage(KvLayout layout) : PrefixNode, IDisposable
{
    // The token ids of the positions lie behind their keys and values.
    private readonly NativeArray<byte> _data = new(layout.PageBytes + (KvLayout.PageTokens * sizeof(int)));

    public nint Address => (nint)_data.Pointer;

    /// <summary>Ids of the published positions; none while the page belongs to one sequence only.</summary>
    public ReadOnlySpan<int> TokenIds => new(_data.At(layout.PageBytes), TokenCount);

    public int TokenCount { get; private set; }

    public bool IsFull => TokenCount == KvLayout.PageTokens;

    /// <summary>Sequences that use the page now.</summary>
    public int Users { get; set; }

    /// <summary>The prefix before this page; null while it is not published.</summary>
    public PrefixNode? Parent { get; private set; }

    public KvPage? PreviousSibling { get; set; }

    public KvPage? NextSibling { get; set; }

    public KvPage? PreviousIdle { get; set; }

    public KvPage? NextIdle { get; set; }

    public void Publish(PrefixNode parent, ReadOnlySpan<int> tokenIds)
    {
        (Parent, TokenCount) = (parent, tokenIds.Length);
        tokenIds.CopyTo(new Span<int>(_data.At(layout.PageBytes), KvLayout.PageTokens));
    }

    public void Withdraw() => (Parent, TokenCount) = (null, 0);

    public void CopyFrom(KvPage page) => Buffer.MemoryCopy((void*)page.Address, (void*)Address, layout.PageBytes, layout.PageBytes);

    public void Dispose() => _data.Dispose();
}

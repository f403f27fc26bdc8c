using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.KvCache;

/// <summary>Keys and values of 32 positions in a row; once published, a node of the <see cref="PrefixTree"/>.</summary>
internal sealed unsafe class KvPage(KvLayout layout) : IDisposable
{
    private readonly NativeArray<ushort> _data = new(layout.PageLength);
    private readonly int[] _tokenIds = new int[KvLayout.PageTokens];

    public nint Address => (nint)_data.Pointer;

    /// <summary>Ids of the published positions; none while the page belongs to one sequence only.</summary>
    public ReadOnlySpan<int> TokenIds => _tokenIds.AsSpan(0, TokenCount);

    public int TokenCount { get; private set; }

    public bool IsFull => TokenCount == KvLayout.PageTokens;

    /// <summary>Sequences that use the page now.</summary>
    public int Users { get; set; }

    /// <summary>When a sequence let go of it last, on the cache's own clock.</summary>
    public long LastUse { get; set; }

    /// <summary>The prefix before this page.</summary>
    public PrefixNode? Parent { get; private set; }

    /// <summary>The prefix up to the end of this page.</summary>
    public PrefixNode Next { get; } = new(null);

    public void Publish(PrefixNode parent, ReadOnlySpan<int> tokenIds)
    {
        tokenIds.CopyTo(_tokenIds);
        (Parent, TokenCount) = (parent, tokenIds.Length);
    }

    public void Withdraw() => (Parent, TokenCount) = (null, 0);

    public void CopyFrom(KvPage page) => Buffer.MemoryCopy((void*)page.Address, (void*)Address, layout.PageBytes, layout.PageBytes);

    public void Dispose() => _data.Dispose();
}

namespace LlamaFp4.Native.Cpu.Model;

/// <summary>The tokens of one step, of one sequence or of many.</summary>
internal sealed unsafe class Batch(int capacity, int logitsCapacity)
{
    private readonly nint[] _pages = new nint[capacity];
    private readonly int[] _logitsRows = new int[logitsCapacity];

    public int Capacity => capacity;

    public int Count { get; private set; }

    public int[] TokenIds { get; } = new int[capacity];

    public int[] Positions { get; } = new int[capacity];

    /// <summary>The tokens after which logits are wanted.</summary>
    public ReadOnlySpan<int> LogitsRows => _logitsRows.AsSpan(0, LogitsCount);

    public int LogitsCount { get; private set; }

    public nint* Pages(int row) => (nint*)_pages[row];

    public void Clear() => (Count, LogitsCount) = (0, 0);

    /// <summary>Appends a token. A sequence's tokens come in order of position.</summary>
    /// <param name="tokenId">The token.</param>
    /// <param name="position">Its position, from 0.</param>
    /// <param name="pages">Page table of its sequence, valid until the step is over.</param>
    public void Add(int tokenId, int position, nint* pages)
    {
        TokenIds[Count] = tokenId;
        Positions[Count] = position;
        _pages[Count] = (nint)pages;
        Count++;
    }

    /// <summary>Asks for the logits after the token added last; returns their index.</summary>
    public int WantLogits()
    {
        _logitsRows[LogitsCount] = Count - 1;
        return LogitsCount++;
    }
}

namespace LlamaFp4.Provider.Prompting;

/// <summary>The prompts encoded last. A conversation's next prompt begins like its previous one, and that part is not encoded again.</summary>
/// <remarks>Thread-safe. Holds at most <see cref="MaxPrompts"/> prompts and <see cref="MaxCharacters"/> characters.</remarks>
internal sealed class RecentPrompts
{
    private const int MaxPrompts = 16;
    private const int MaxCharacters = 8_000_000;

    // Shorter prompts are encoded faster than they are looked for.
    private const int MinCharacters = 1_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _entries = new();
    private int _characters;

    /// <summary>Finds the recent prompt that shares the most marks with this one.</summary>
    /// <param name="text">All text of the prompt.</param>
    /// <param name="marks">Its control tokens and their positions.</param>
    /// <param name="ends">Takes, for each mark shared, the number of ids up to and including it.</param>
    /// <returns>How many marks are shared, and the ids up to the last of them.</returns>
    public (int Marks, ReadOnlyMemory<int> TokenIds) FindCommonBeginning(
        ReadOnlySpan<char> text, ReadOnlySpan<(int Position, int TokenId)> marks, Span<int> ends)
    {
        if (text.Length < MinCharacters)
        {
            return default;
        }

        Entry? best = null;
        var common = 0;
        lock (_lock)
        {
            foreach (var entry in _entries)
            {
                if (entry.CommonMarks(text, marks) is var count && count > common)
                {
                    (best, common) = (entry, count);
                }
            }
        }

        if (best is null)
        {
            return default;
        }

        best.Ends.AsSpan(0, common).CopyTo(ends);
        return (common, best.TokenIds.AsMemory(0, best.Ends[common - 1]));
    }

    public void Add(ReadOnlyMemory<char> text, List<(int Position, int TokenId)> marks, int[] ends, int[] tokenIds)
    {
        if (text.Length is < MinCharacters or > MaxCharacters)
        {
            return;
        }

        var added = new Entry(text, [.. marks], ends, tokenIds);
        lock (_lock)
        {
            RemoveContained(added);
            _entries.AddFirst(added);
            _characters += text.Length;
            while (_entries.Count > MaxPrompts || _characters > MaxCharacters)
            {
                Remove(_entries.Last!);
            }
        }
    }

    /// <summary>The earlier prompts of a conversation are of no use beside its newest, and comparing with them costs time.</summary>
    private void RemoveContained(Entry added)
    {
        for (var node = _entries.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.CommonMarks(added.Text.Span, added.Marks) == node.Value.Marks.Length)
            {
                Remove(node);
            }

            node = next;
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _characters -= node.Value.Text.Length;
        _entries.Remove(node);
    }

    private sealed record Entry(ReadOnlyMemory<char> Text, (int Position, int TokenId)[] Marks, int[] Ends, int[] TokenIds)
    {
        /// <summary>How many marks are the same, with the same text before each.</summary>
        public int CommonMarks(ReadOnlySpan<char> text, ReadOnlySpan<(int Position, int TokenId)> marks)
        {
            var count = Marks.AsSpan().CommonPrefixLength(marks);
            var length = Text.Span.CommonPrefixLength(text);
            while (count > 0 && Marks[count - 1].Position > length)
            {
                count--;
            }

            return count;
        }
    }
}

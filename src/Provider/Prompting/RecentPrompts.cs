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

    /// <summary>Copies the ids up to the last mark that a recent prompt shares with this one, and returns how many marks that are.</summary>
    /// <param name="text">All text of the prompt.</param>
    /// <param name="marks">Its control tokens and their positions.</param>
    /// <param name="tokenIds">Takes the ids.</param>
    /// <param name="ends">Takes, for each mark copied, the number of ids up to and including it.</param>
    public int CopyCommonBeginning(ReadOnlySpan<char> text, ReadOnlySpan<(int Position, int TokenId)> marks, List<int> tokenIds, Span<int> ends)
    {
        if (text.Length < MinCharacters)
        {
            return 0;
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

        if (best is not null)
        {
            best.Ends.AsSpan(0, common).CopyTo(ends);
            tokenIds.AddRange(best.TokenIds.AsSpan(0, best.Ends[common - 1]));
        }

        return common;
    }

    public void Add(ReadOnlyMemory<char> text, List<(int Position, int TokenId)> marks, int[] ends, int[] tokenIds)
    {
        if (text.Length is < MinCharacters or > MaxCharacters)
        {
            return;
        }

        lock (_lock)
        {
            _entries.AddFirst(new Entry(text, [.. marks], ends, tokenIds));
            _characters += text.Length;
            while (_entries.Count > MaxPrompts || _characters > MaxCharacters)
            {
                _characters -= _entries.Last!.Value.Text.Length;
                _entries.RemoveLast();
            }
        }
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

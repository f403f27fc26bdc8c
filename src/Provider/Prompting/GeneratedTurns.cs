namespace LlamaFp4.Provider.Prompting;

/// <summary>The token ids of answers that were generated lately, so that the next prompt of the same conversation repeats them unchanged.</summary>
/// <remarks>
/// <para>Writing an answer anew from its text gives the same words, but not always the same tokens, and then the engine's prefix cache ends there.
/// An answer is found again by what stood before it and what it says; it is no memory of conversations, and losing it costs time only.</para>
/// <para>Thread-safe. The oldest answers are dropped beyond <see cref="MaxTokens"/>, and beyond <see cref="MaxAnswers"/> at one place: conversations that
/// begin alike have different answers there.</para>
/// </remarks>
internal sealed class GeneratedTurns
{
    private const int MaxTokens = 1_000_000;
    private const int MaxAnswers = 8;

    // What an entry costs beside its ids, in ids.
    private const int EntryTokens = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, List<GeneratedTurn>> _byContext = [];
    private readonly Queue<(int Context, GeneratedTurn Turn)> _byAge = [];
    private int _tokens;

    public void Add(int context, GeneratedTurn turn)
    {
        lock (_lock)
        {
            if (!_byContext.TryGetValue(context, out var answers))
            {
                _byContext[context] = answers = [];
            }

            // The newest stands first. The same answer once more, and one that no longer fits, are forgotten here and leave the queue in their turn.
            answers.RemoveAll(known => known.TokenIds.AsSpan().SequenceEqual(turn.TokenIds));
            answers.Insert(0, turn);
            if (answers.Count > MaxAnswers)
            {
                answers.RemoveAt(MaxAnswers);
            }

            _byAge.Enqueue((context, turn));
            _tokens += Cost(turn);
            while (_tokens > MaxTokens)
            {
                RemoveOldest();
            }
        }
    }

    /// <summary>The answer that was generated at this place of a conversation and says the same.</summary>
    public GeneratedTurn? Find(int context, AssistantTurn turn)
    {
        GeneratedTurn[] answers;
        lock (_lock)
        {
            if (!_byContext.TryGetValue(context, out var found))
            {
                return null;
            }

            answers = [.. found];
        }

        return Array.Find(answers, answer => answer.Says(turn.Text, turn.Calls.Select(call => call.Content)));
    }

    private void RemoveOldest()
    {
        var (context, turn) = _byAge.Dequeue();
        _tokens -= Cost(turn);
        if (_byContext.TryGetValue(context, out var answers) && answers.Remove(turn) && answers.Count == 0)
        {
            _byContext.Remove(context);
        }
    }

    private static int Cost(GeneratedTurn turn) => turn.TokenIds.Length + EntryTokens;
}

namespace LlamaFp4.Provider.Prompting;

/// <summary>The token ids of answers that were generated lately, so that the next prompt of the same conversation repeats them unchanged.</summary>
/// <remarks>
/// <para>Writing an answer anew from its text gives the same words, but not always the same tokens, and then the engine's prefix cache ends there.
/// An answer is found again by what stood before it and what it says; it is no memory of conversations, and losing it costs time only.</para>
/// <para>Thread-safe. The oldest answers are dropped beyond <see cref="MaxTokens"/>.</para>
/// </remarks>
internal sealed class GeneratedTurns
{
    /// <summary>4 MB of ids.</summary>
    private const int MaxTokens = 1_000_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, LinkedListNode<(int Context, GeneratedTurn Turn)>> _byContext = [];
    private readonly LinkedList<(int Context, GeneratedTurn Turn)> _byAge = new();
    private int _tokens;

    public void Add(int context, GeneratedTurn turn)
    {
        lock (_lock)
        {
            if (_byContext.TryGetValue(context, out var old))
            {
                Remove(old);
            }

            _byContext[context] = _byAge.AddFirst((context, turn));
            _tokens += turn.TokenIds.Length;
            while (_tokens > MaxTokens)
            {
                Remove(_byAge.Last!);
            }
        }
    }

    /// <summary>The answer that was generated at this place of a conversation, if it says the same.</summary>
    public GeneratedTurn? Find(int context, AssistantTurn turn)
    {
        GeneratedTurn? found;
        lock (_lock)
        {
            found = _byContext.TryGetValue(context, out var node) ? node.Value.Turn : null;
        }

        return found is not null && found.Says(turn.Text, turn.Calls.Select(call => call.Content)) ? found : null;
    }

    private void Remove(LinkedListNode<(int Context, GeneratedTurn Turn)> node)
    {
        _byContext.Remove(node.Value.Context);
        _byAge.Remove(node);
        _tokens -= node.Value.Turn.TokenIds.Length;
    }
}

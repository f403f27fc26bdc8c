namespace LlamaFp4.Provider.Prompting;

/// <summary>Finds the call that a result belongs to.</summary>
/// <remarks>
/// By id, wherever the call stands: the oldest of the newest turn that used the id, because some providers number their calls anew in each turn and
/// others take the function's name. A result without an id answers a call of the turn just before it: the next one without an id, else the next one.
/// </remarks>
internal sealed class UnansweredCalls
{
    private readonly Dictionary<string, (AssistantTurn Turn, Queue<ToolCall> Calls)> _byId = new(StringComparer.Ordinal);
    private readonly Queue<ToolCall> _withoutId = new();
    private readonly Queue<ToolCall> _byPosition = new();

    public void Add(AssistantTurn turn, ToolCall call)
    {
        _byPosition.Enqueue(call);
        string id = call.Content.CallId;
        if (id.Length == 0)
        {
            _withoutId.Enqueue(call);
            return;
        }

        if (!_byId.TryGetValue(id, out var known) || known.Turn != turn)
        {
            _byId[id] = known = (turn, new Queue<ToolCall>());
        }

        known.Calls.Enqueue(call);
    }

    /// <summary>Ends the stretch in which results are matched by position.</summary>
    public void EndTurn()
    {
        _withoutId.Clear();
        _byPosition.Clear();
    }

    /// <returns><see langword="null"/> if no call waits for the result.</returns>
    public ToolCall? Take(string callId)
    {
        if (callId.Length == 0)
        {
            return Next(_withoutId) ?? Next(_byPosition);
        }

        return _byId.TryGetValue(callId, out var known) ? Next(known.Calls) : null;
    }

    private static ToolCall? Next(Queue<ToolCall> calls)
    {
        while (calls.TryDequeue(out var call))
        {
            if (!call.IsAnswered)
            {
                return call;
            }
        }

        return null;
    }
}

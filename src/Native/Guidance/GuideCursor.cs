using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Guidance;

/// <summary>One request's way through a guide: masks the logits before each token and follows the token chosen. Not thread-safe.</summary>
internal sealed class GuideCursor(GuideAutomaton automaton, LlamaTokenizer tokenizer)
{
    private GuideState _state = automaton.Start;

    /// <summary>Whether what has been generated is a complete text of the guide.</summary>
    public bool IsComplete => _state.IsComplete;

    /// <summary>Leaves only the logits of tokens that may follow; stop tokens exactly where the text is complete.</summary>
    public void Mask(Span<float> logits, IReadOnlyCollection<int> stopTokenIds)
    {
        Span<float> stops = stopTokenIds.Count <= 64 ? stackalloc float[stopTokenIds.Count] : new float[stopTokenIds.Count];
        var i = 0;
        foreach (var id in stopTokenIds)
        {
            stops[i++] = logits[id];
        }

        automaton.AllowedTokens(_state).Mask(logits);
        i = 0;
        foreach (var id in stopTokenIds)
        {
            logits[id] = _state.IsComplete ? stops[i] : float.NegativeInfinity;
            i++;
        }
    }

    /// <summary>Follows a token that <see cref="Mask"/> allowed and that is no stop token.</summary>
    public void Accept(int tokenId)
    {
        var next = tokenizer.IsSpecial(tokenId) ? automaton.NextByControlToken(_state, tokenId) : automaton.Next(_state, tokenizer.GetBytes(tokenId));
        _state = next ?? throw new InvalidOperationException($"Token {tokenId} is not allowed by the guide.");
    }
}

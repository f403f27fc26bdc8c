using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Guidance;

/// <summary>One request's way through a guide: masks the logits before each token and follows the token chosen. Not thread-safe.</summary>
internal sealed class GuideCursor(GuideAutomaton automaton, LlamaTokenizer tokenizer, IReadOnlyCollection<int> stopTokenIds)
{
    private GuideState _state = automaton.Start;

    /// <summary>Whether the text is complete and nothing but a stop token can follow.</summary>
    public bool IsFinished => _state.IsComplete && automaton.AllowedTokens(_state).IsEmpty;

    /// <summary>Leaves only the logits of tokens that may follow; stop tokens exactly where the text is complete.</summary>
    public void Mask(Span<float> logits)
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

    /// <summary>Follows a token that <see cref="Mask"/> allowed; a stop token ends the way.</summary>
    public void Accept(int tokenId)
    {
        if (stopTokenIds.Contains(tokenId))
        {
            return;
        }

        var next = tokenizer.IsSpecial(tokenId) ? automaton.NextByControlToken(_state, tokenId) : automaton.Next(_state, tokenizer.GetBytes(tokenId));
        _state = next ?? throw new InvalidOperationException($"Token {tokenId} is not allowed by the guide.");
    }
}

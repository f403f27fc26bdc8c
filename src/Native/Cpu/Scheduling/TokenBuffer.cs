namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>A growing list of tokens whose slices stay valid: written by the engine, read by whoever consumes the request.</summary>
internal sealed class TokenBuffer
{
    // Most answers end within it, so that it need not grow; a request that could fill the context does not take that much at once.
    private const int UsualAnswer = 2048;

    private int[] _tokens;

    public TokenBuffer(ReadOnlySpan<int> prompt, int maxNewTokens)
    {
        _tokens = new int[prompt.Length + int.Min(maxNewTokens, UsualAnswer)];
        prompt.CopyTo(_tokens);
        Count = prompt.Length;
    }

    public int Count { get; private set; }

    public ReadOnlySpan<int> Span => _tokens.AsSpan(0, Count);

    public int this[int index] => _tokens[index];

    public void Add(int tokenId)
    {
        if (Count == _tokens.Length)
        {
            // A new array: slices handed out before keep the old one, whose content does not change.
            Array.Resize(ref _tokens, 2 * Count);
        }

        _tokens[Count++] = tokenId;
    }

    public ReadOnlyMemory<int> Slice(int start, int end) => _tokens.AsMemory(start, end - start);
}

namespace LlamaFp4.Native.Tokenization;

/// <summary>Turns a stream of token ids into text, whole characters only. One per stream; not thread-safe.</summary>
public sealed class StreamingDetokenizer(LlamaTokenizer tokenizer, bool keepSpecialTokens = false)
{
    /// <summary>Text that is complete with these ids.</summary>
    public string Append(ReadOnlySpan<int> tokenIds) => throw new NotImplementedException(tokenizer.ToString() + keepSpecialTokens);

    /// <summary>What was held back, with U+FFFD for an unfinished character.</summary>
    public string Flush() => throw new NotImplementedException();
}

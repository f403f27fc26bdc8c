using System.Buffers;
using System.Text;

namespace LlamaFp4.Native.Tokenization;

/// <summary>Turns a stream of token ids into text, whole characters only. One per stream; not thread-safe.</summary>
/// <remarks>
/// Tokens end anywhere inside a character: up to three bytes are held back until the rest arrives. All text together equals
/// <see cref="LlamaTokenizer.Decode"/> of all ids, however the stream is cut.
/// </remarks>
/// <param name="tokenizer">The vocabulary.</param>
/// <param name="keepSpecialTokens">
/// Whether control tokens are written as their text. By default they give no text, and a character may even continue after one.
/// </param>
public sealed class StreamingDetokenizer(LlamaTokenizer tokenizer, bool keepSpecialTokens = false)
{
    private const int StackCharacters = 256;

    // Held bytes that turn out not to be UTF-8 come out as up to this many U+FFFD.
    private const int LongestHeld = 3;

    private readonly LlamaTokenizer _tokenizer = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Text that is complete with these ids.</summary>
    /// <param name="tokenIds">The next ids of the stream, from 0 to the vocabulary size − 1.</param>
    /// <returns>The text, empty if no character is complete yet; never half a surrogate pair.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary; nothing was appended.</exception>
    public string Append(ReadOnlySpan<int> tokenIds)
    {
        // Counting looks at every id, and so refuses a wrong one before the decoder has moved.
        var capacity = LongestHeld;
        foreach (var id in tokenIds)
        {
            capacity += _tokenizer.GetTextBytes(id, keepSpecialTokens).Length;
        }

        if (capacity <= StackCharacters)
        {
            return Append(tokenIds, stackalloc char[StackCharacters]);
        }

        var rented = ArrayPool<char>.Shared.Rent(capacity);
        var text = Append(tokenIds, rented);
        ArrayPool<char>.Shared.Return(rented);
        return text;
    }

    /// <summary>What was held back, with U+FFFD for an unfinished character. Afterwards a new stream may begin.</summary>
    /// <returns>The text, empty if nothing was held.</returns>
    public string Flush()
    {
        Span<char> text = stackalloc char[LongestHeld];
        return new string(text[.._decoder.GetChars([], text, flush: true)]);
    }

    private string Append(ReadOnlySpan<int> tokenIds, Span<char> text)
    {
        var length = 0;
        foreach (var id in tokenIds)
        {
            length += _decoder.GetChars(_tokenizer.GetTextBytes(id, keepSpecialTokens), text[length..], flush: false);
        }

        return new string(text[..length]);
    }
}

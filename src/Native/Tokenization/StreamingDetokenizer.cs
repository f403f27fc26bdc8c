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
    private const int StackBytes = 256;
    private const int LongestHeld = 3;

    private readonly LlamaTokenizer _tokenizer = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));
    private readonly byte[] _held = new byte[LongestHeld];
    private int _heldLength;

    /// <summary>Text that is complete with these ids.</summary>
    /// <param name="tokenIds">The next ids of the stream, from 0 to the vocabulary size − 1.</param>
    /// <returns>The text, empty if no character is complete yet; never half a surrogate pair.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary; nothing was appended.</exception>
    public string Append(ReadOnlySpan<int> tokenIds)
    {
        // Engines mostly send one token at a time, and most tokens are whole characters.
        if (_heldLength == 0 && tokenIds is [var only] && _tokenizer.FindWholeText(only) is { } text)
        {
            return text;
        }

        // Counting looks at every id, and so refuses a wrong one before anything has changed.
        var length = _heldLength;
        foreach (var id in tokenIds)
        {
            length += _tokenizer.GetTextBytes(id, keepSpecialTokens).Length;
        }

        if (length <= StackBytes)
        {
            return Append(tokenIds, stackalloc byte[length]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(length);
        text = Append(tokenIds, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
        return text;
    }

    /// <summary>What was held back, with U+FFFD for an unfinished character. Afterwards a new stream may begin.</summary>
    /// <returns>The text, empty if nothing was held.</returns>
    public string Flush()
    {
        var text = Encoding.UTF8.GetString(_held, 0, _heldLength);
        _heldLength = 0;
        return text;
    }

    /// <param name="tokenIds">The next ids.</param>
    /// <param name="bytes">Space for exactly the held bytes and those of the ids.</param>
    private string Append(ReadOnlySpan<int> tokenIds, Span<byte> bytes)
    {
        _held.AsSpan(0, _heldLength).CopyTo(bytes);
        var length = _heldLength;
        foreach (var id in tokenIds)
        {
            var idBytes = _tokenizer.GetTextBytes(id, keepSpecialTokens);
            idBytes.CopyTo(bytes[length..]);
            length += idBytes.Length;
        }

        var isUnfinished = Rune.DecodeLastFromUtf8(bytes, out _, out var unfinished) == OperationStatus.NeedMoreData;
        _heldLength = isUnfinished ? unfinished : 0;
        bytes[^_heldLength..].CopyTo(_held);
        return Encoding.UTF8.GetString(bytes[..^_heldLength]);
    }
}

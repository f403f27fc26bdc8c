using System.Buffers;
using System.Text;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tokenization;

/// <summary>Text to token ids and back, for byte-level BPE vocabularies of the Llama 3 family.</summary>
/// <remarks>
/// <para>Immutable and thread-safe. Ids equal those of the Hugging Face tokenizer for every text without control tokens.</para>
/// <para>
/// Text never becomes a control token, whatever it says: those come from the prompt's structure, by their ids. No <c>&lt;|begin_of_text|&gt;</c> is added.
/// </para>
/// </remarks>
public sealed class LlamaTokenizer
{
    private const int StackBytes = 384;
    private const int LongestUtf8PerUnit = 3;

    private readonly Vocabulary _vocabulary;
    private readonly BytePairMerges _merges;
    private readonly AddedTokens _addedTokens;
    private readonly WholeTexts _wholeTexts;

    internal LlamaTokenizer(Vocabulary vocabulary, BytePairMerges merges, AddedTokens addedTokens)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _addedTokens = addedTokens;
        _wholeTexts = new WholeTexts(vocabulary);
        SpecialTokens = LlamaSpecialTokens.FromAddedTokens(addedTokens);
    }

    /// <summary>Number of ids, control tokens included.</summary>
    public int VocabularySize => _vocabulary.Count;

    /// <summary>The control tokens a prompt is framed with.</summary>
    public LlamaSpecialTokens SpecialTokens { get; }

    internal IReadOnlySet<int> SpecialIds => _addedTokens.SpecialIds;

    /// <summary>Reads <c>tokenizer.json</c> of a checkpoint directory.</summary>
    /// <param name="checkpointDirectory">The directory that holds <c>tokenizer.json</c>.</param>
    /// <returns>The tokenizer; it keeps no file open.</returns>
    /// <exception cref="ArgumentException"><paramref name="checkpointDirectory"/> is null or empty.</exception>
    /// <exception cref="CheckpointException">The file is missing or unreadable, or describes no tokenizer of the Llama 3 family.</exception>
    public static LlamaTokenizer Load(string checkpointDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointDirectory);
        var path = Path.Combine(checkpointDirectory, TokenizerFile.FileName);
        return new TokenizerFile(path).Read(CheckpointFile.ReadAllBytes(path, TokenizerFile.MaximumBytes));
    }

    /// <summary>Reads a <c>tokenizer.json</c> from a stream.</summary>
    /// <param name="tokenizerJson">The file's content, read to its end and left open.</param>
    /// <param name="name">What to call the file in error messages.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentException"><paramref name="tokenizerJson"/> is null, closed or write-only, or <paramref name="name"/> is null or empty.</exception>
    /// <exception cref="CheckpointException">Reading the stream fails, or it describes no tokenizer of the Llama 3 family.</exception>
    public static LlamaTokenizer Load(Stream tokenizerJson, string name = TokenizerFile.FileName)
    {
        ArgumentNullException.ThrowIfNull(tokenizerJson);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!tokenizerJson.CanRead)
        {
            throw new ArgumentException("The stream cannot be read; expected an open, readable one.", nameof(tokenizerJson));
        }

        return new TokenizerFile(name).Read(tokenizerJson);
    }

    /// <summary>Ids of a text. Never yields a control token.</summary>
    /// <param name="text">The text; half a surrogate pair counts as U+FFFD.</param>
    /// <returns>The ids; none for an empty text.</returns>
    public int[] Encode(ReadOnlySpan<char> text)
    {
        // English has four to five characters per token.
        var tokenIds = new List<int>(text.Length / 4);
        Encode(text, tokenIds);
        return [.. tokenIds];
    }

    /// <summary>Appends the ids of a text to a list. Never yields a control token.</summary>
    /// <param name="text">The text; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="tokenIds">Where the ids go.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        Span<byte> scratch = stackalloc byte[StackBytes];
        while (!text.IsEmpty)
        {
            var length = PreTokenizer.NextPieceLength(text);
            if (length <= StackBytes / LongestUtf8PerUnit)
            {
                EncodePiece(text[..length], scratch, tokenIds);
            }
            else
            {
                EncodeLongPiece(text[..length], tokenIds);
            }

            text = text[length..];
        }
    }

    /// <summary>Text of ids; control tokens are left out, or written as their text.</summary>
    /// <param name="tokenIds">Ids from 0 to <see cref="VocabularySize"/> − 1.</param>
    /// <param name="keepSpecialTokens">Whether control tokens are written as their text; left out by default.</param>
    /// <returns>The text; each maximal part of bytes that is not UTF-8 becomes one U+FFFD.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> tokenIds, bool keepSpecialTokens = false)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var id in tokenIds)
        {
            bytes.Write(GetTextBytes(id, keepSpecialTokens));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Whether an id is a control token.</summary>
    /// <param name="tokenId">An id from 0 to <see cref="VocabularySize"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public bool IsSpecial(int tokenId)
    {
        ThrowIfNotInVocabulary(tokenId);
        return _addedTokens.SpecialIds.Contains(tokenId);
    }

    /// <summary>The bytes of an ordinary token (of a control token: the UTF-8 of its text).</summary>
    /// <param name="tokenId">An id from 0 to <see cref="VocabularySize"/> − 1.</param>
    /// <returns>At least one byte, not necessarily whole characters. The tokenizer owns them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> GetBytes(int tokenId)
    {
        ThrowIfNotInVocabulary(tokenId);
        return _vocabulary.GetBytes(tokenId);
    }

    /// <summary>Id of a control token by its text.</summary>
    /// <param name="text">The text, such as <c>&lt;|eot_id|&gt;</c>.</param>
    /// <param name="tokenId">The id, if there is such a control token.</param>
    /// <returns>Whether there is such a control token.</returns>
    public bool TryGetSpecialToken(string text, out int tokenId)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _addedTokens.TryGetSpecial(text, out tokenId);
    }

    /// <summary>Number of ids without added tokens: what Hugging Face calls <c>vocab_size</c>.</summary>
    internal int OrdinaryVocabularySize => VocabularySize - _addedTokens.IdsByText.Count;

    /// <exception cref="CheckpointException">The configuration is of another vocabulary.</exception>
    internal void RequireVocabularyOf(string checkpointDirectory, LlamaConfig config)
    {
        if (VocabularySize != config.VocabularySize)
        {
            throw new CheckpointException(
                checkpointDirectory, null, $"the tokenizer has {VocabularySize} ids, but config.json says vocab_size {config.VocabularySize}; expected the same.");
        }
    }

    /// <summary>The text of an ordinary token of whole characters; <see langword="null"/> for any other.</summary>
    internal string? FindWholeText(int tokenId) => IsSpecial(tokenId) ? null : _wholeTexts.Find(tokenId);

    /// <summary>The bytes a token contributes to decoded text: none for a control token that is left out.</summary>
    internal ReadOnlySpan<byte> GetTextBytes(int tokenId, bool keepSpecialTokens)
    {
        var bytes = GetBytes(tokenId);
        return keepSpecialTokens || !_addedTokens.SpecialIds.Contains(tokenId) ? bytes : [];
    }

    private void EncodePiece(ReadOnlySpan<char> piece, Span<byte> scratch, List<int> tokenIds)
    {
        // UTF8 writes U+FFFD for half a surrogate pair.
        var bytes = scratch[..Encoding.UTF8.GetBytes(piece, scratch)];
        if (_vocabulary.TryGetId(bytes, out var id))
        {
            tokenIds.Add(id);
        }
        else
        {
            _merges.Encode(bytes, tokenIds);
        }
    }

    private void EncodeLongPiece(ReadOnlySpan<char> piece, List<int> tokenIds)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(piece));
        EncodePiece(piece, rented, tokenIds);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void ThrowIfNotInVocabulary(int tokenId)
    {
        if ((uint)tokenId >= (uint)VocabularySize)
        {
            throw new ArgumentOutOfRangeException(nameof(tokenId), tokenId, $"Token ids of this vocabulary run from 0 to {VocabularySize - 1}.");
        }
    }
}

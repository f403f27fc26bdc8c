namespace LlamaFp4.Native.Tokenization;

/// <summary>Text to token ids and back, for byte-level BPE vocabularies of the Llama 3 family.</summary>
public sealed class LlamaTokenizer
{
    /// <summary>Reads <c>tokenizer.json</c> of a checkpoint directory.</summary>
    public static LlamaTokenizer Load(string checkpointDirectory) => throw new NotImplementedException();

    /// <summary>Reads a <c>tokenizer.json</c> from a stream.</summary>
    public static LlamaTokenizer Load(Stream tokenizerJson, string name = "tokenizer.json") => throw new NotImplementedException();

    /// <summary>Number of ids, control tokens included.</summary>
    public int VocabularySize => throw new NotImplementedException();

    /// <summary>The control tokens a prompt is framed with.</summary>
    public LlamaSpecialTokens SpecialTokens => throw new NotImplementedException();

    /// <summary>Ids of a text. Never yields a control token.</summary>
    public int[] Encode(ReadOnlySpan<char> text) => throw new NotImplementedException();

    /// <summary>Appends the ids of a text to a list. Never yields a control token.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> tokenIds) => throw new NotImplementedException();

    /// <summary>Text of ids; control tokens are left out, or written as their text.</summary>
    public string Decode(ReadOnlySpan<int> tokenIds, bool keepSpecialTokens = false) => throw new NotImplementedException();

    /// <summary>Whether an id is a control token.</summary>
    public bool IsSpecial(int tokenId) => throw new NotImplementedException();

    /// <summary>The bytes of an ordinary token (of a control token: the UTF-8 of its text).</summary>
    public ReadOnlySpan<byte> GetBytes(int tokenId) => throw new NotImplementedException();

    /// <summary>Id of a control token by its text.</summary>
    public bool TryGetSpecialToken(string text, out int tokenId) => throw new NotImplementedException();
}

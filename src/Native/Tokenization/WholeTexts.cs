using System.Text;
using System.Text.Unicode;

namespace LlamaFp4.Native.Tokenization;

/// <summary>The text of each token that consists of whole characters, made once: an answer of any length then allocates no text.</summary>
/// <remarks>Thread-safe: two threads may make the same text, and either stays. All of a vocabulary of 128,000 tokens take some 6 MB.</remarks>
internal sealed class WholeTexts(Vocabulary vocabulary)
{
    private readonly string?[] _texts = new string?[vocabulary.Count];

    /// <summary>The text, or <see langword="null"/> if the token begins or ends inside a character.</summary>
    public string? Find(int id) => _texts[id] ?? Make(id);

    private string? Make(int id)
    {
        var bytes = vocabulary.GetBytes(id);
        return Utf8.IsValid(bytes) ? _texts[id] = Encoding.UTF8.GetString(bytes) : null;
    }
}

using System.Buffers;
using System.Text;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Provider.Prompting;

/// <summary>A prompt as control tokens and the stretches of text between them.</summary>
/// <remarks>
/// All text lies in one buffer and a control token is a position in it, so neighbouring texts are joined before they are encoded:
/// <c>"\n\n"</c> and <c>"\n22"</c> give other tokens apart than together.
/// </remarks>
internal sealed class PromptSegments
{
    private readonly ArrayBufferWriter<char> _text = new(1024);
    private readonly List<(int Position, int TokenId)> _controls = [];

    public void Control(int tokenId) => _controls.Add((_text.WrittenCount, tokenId));

    public void Text(ReadOnlySpan<char> text) => _text.Write(text);

    public void Json(object? value, bool indented = false) => PythonJson.Write(_text, value, indented);

    public int[] Encode(LlamaTokenizer tokenizer)
    {
        var text = _text.WrittenSpan;
        var tokenIds = new List<int>(_controls.Count + (text.Length / 3));
        int start = 0;
        foreach (var (position, tokenId) in _controls)
        {
            tokenizer.Encode(text[start..position], tokenIds);
            tokenIds.Add(tokenId);
            start = position;
        }

        tokenizer.Encode(text[start..], tokenIds);
        return [.. tokenIds];
    }

    public string Render(LlamaTokenizer tokenizer)
    {
        var text = _text.WrittenSpan;
        var rendered = new StringBuilder(text.Length + (_controls.Count * 20));
        int start = 0;
        foreach (var (position, tokenId) in _controls)
        {
            rendered.Append(text[start..position]).Append(tokenizer.Decode([tokenId], keepSpecialTokens: true));
            start = position;
        }

        return rendered.Append(text[start..]).ToString();
    }
}

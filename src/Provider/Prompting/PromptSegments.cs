using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Provider.Prompting;

/// <summary>A prompt as control tokens, generated answers, and the stretches of text between them.</summary>
/// <remarks>
/// All text lies in one buffer and a control token is a position in it, so neighbouring texts are joined before they are encoded:
/// <c>"\n\n"</c> and <c>"\n22"</c> give other tokens apart than together.
/// </remarks>
internal sealed class PromptSegments
{
    private readonly ArrayBufferWriter<char> _text = new(1024);
    private readonly List<(int Position, int TokenId)> _marks = [];
    private HashCode _hash;
    private int _hashedText;
    private int _hashedMarks;

    /// <summary>Tells the place that has been reached from other places of this and other conversations; equal beginnings give equal values.</summary>
    public int Context
    {
        get
        {
            _hash.AddBytes(MemoryMarshal.AsBytes(_text.WrittenSpan[_hashedText..]));
            _hash.AddBytes(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_marks)[_hashedMarks..]));
            _hashedText = _text.WrittenCount;
            _hashedMarks = _marks.Count;
            return _hash.ToHashCode();
        }
    }

    public void Control(int tokenId) => _marks.Add((_text.WrittenCount, tokenId));

    /// <summary>An answer as it was generated.</summary>
    public void Generated(ReadOnlySpan<int> tokenIds)
    {
        foreach (var tokenId in tokenIds)
        {
            Control(tokenId);
        }
    }

    public void Text(ReadOnlySpan<char> text) => _text.Write(text);

    public void Json(object? value, bool indented = false) => PythonJson.Write(_text, value, indented);

    /// <summary>Token ids; the part that a recent prompt has in common with this one is copied from it.</summary>
    public int[] Encode(LlamaTokenizer tokenizer, RecentPrompts recent)
    {
        var text = _text.WrittenSpan;
        var tokenIds = new List<int>(_marks.Count + (text.Length / 3));
        var ends = new int[_marks.Count];
        var common = recent.CopyCommonBeginning(text, CollectionsMarshal.AsSpan(_marks), tokenIds, ends);
        var start = common == 0 ? 0 : _marks[common - 1].Position;
        for (var i = common; i < _marks.Count; i++)
        {
            tokenizer.Encode(text[start.._marks[i].Position], tokenIds);
            tokenIds.Add(_marks[i].TokenId);
            ends[i] = tokenIds.Count;
            start = _marks[i].Position;
        }

        tokenizer.Encode(text[start..], tokenIds);
        int[] result = [.. tokenIds];
        recent.Add(_text.WrittenMemory, _marks, ends, result);
        return result;
    }

    public string Render(LlamaTokenizer tokenizer)
    {
        var text = _text.WrittenSpan;
        var rendered = new StringBuilder(text.Length + (_marks.Count * 20));
        var detokenizer = new StreamingDetokenizer(tokenizer, keepSpecialTokens: true);
        var start = 0;
        foreach (var (position, tokenId) in _marks)
        {
            if (position > start)
            {
                rendered.Append(detokenizer.Flush()).Append(text[start..position]);
            }

            rendered.Append(detokenizer.Append([tokenId]));
            start = position;
        }

        return rendered.Append(detokenizer.Flush()).Append(text[start..]).ToString();
    }
}

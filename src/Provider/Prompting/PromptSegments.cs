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

    /// <summary>Makes room for text: growing by and by to a megabyte costs more than writing it.</summary>
    public void Reserve(int characters) => _text.GetSpan(characters);

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
        var ends = new int[_marks.Count];
        var (commonMarks, common) = recent.FindCommonBeginning(text, CollectionsMarshal.AsSpan(_marks), ends);
        var start = commonMarks == 0 ? 0 : _marks[commonMarks - 1].Position;
        var added = new List<int>(_marks.Count - commonMarks + ((text.Length - start) / 3));
        for (var i = commonMarks; i < _marks.Count; i++)
        {
            tokenizer.Encode(text[start.._marks[i].Position], added);
            added.Add(_marks[i].TokenId);
            ends[i] = common.Length + added.Count;
            start = _marks[i].Position;
        }

        tokenizer.Encode(text[start..], added);
        int[] tokenIds = [.. common.Span, .. added];
        recent.Add(_text.WrittenMemory, _marks, ends, tokenIds);
        return tokenIds;
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

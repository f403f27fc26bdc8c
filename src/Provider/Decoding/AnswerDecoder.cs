using LlamaFp4.Native.Tokenization;
using LlamaFp4.Provider.ToolCalling;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Decoding;

/// <summary>Turns the tokens of one answer into its contents: detokenizer, stop strings and tool calls, one behind the other.</summary>
internal sealed class AnswerDecoder(LlamaTokenizer tokenizer, StopSequenceDetector stops, ToolCallParser calls)
{
    private readonly StreamingDetokenizer _detokenizer = new(tokenizer);
    private readonly int _pythonTag = tokenizer.SpecialTokens.PythonTag;

    /// <summary>Whether nothing more can come out, so that generating on would be waste.</summary>
    public bool IsEnded => stops.Match is not null || calls.IsEnded;

    public void Append(ReadOnlySpan<int> tokenIds, List<AIContent> contents)
    {
        while (!IsEnded && tokenIds.IndexOf(_pythonTag) is var tag and >= 0)
        {
            AppendText(_detokenizer.Append(tokenIds[..tag]), contents);

            // A control token is a border: no stop string reaches across it.
            calls.Append(stops.Flush(), contents);
            if (!IsEnded)
            {
                calls.AppendPythonTag(contents);
            }

            tokenIds = tokenIds[(tag + 1)..];
        }

        if (!IsEnded)
        {
            AppendText(_detokenizer.Append(tokenIds), contents);
        }
    }

    /// <summary>Hands out what was held back.</summary>
    /// <param name="isComplete">Whether the model ended the answer itself.</param>
    /// <param name="contents">Where text and calls go.</param>
    public void Flush(bool isComplete, List<AIContent> contents)
    {
        if (!IsEnded)
        {
            AppendText(_detokenizer.Flush(), contents);
            calls.Append(stops.Flush(), contents);
        }

        calls.Flush(isComplete && stops.Match is null, contents);
    }

    private void AppendText(string text, List<AIContent> contents) => calls.Append(stops.Append(text), contents);
}

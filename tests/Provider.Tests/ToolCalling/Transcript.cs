using System.Text;
using System.Text.Json;
using LlamaFp4.Provider.ToolCalling;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.ToolCalling;

/// <summary>Parses an answer and writes down what came out: text as it is, calls as <c>⟨name key=value⟩</c>.</summary>
internal static class Transcript
{
    private const string PythonTag = "<|python_tag|>";

    /// <param name="text">The answer; <c>&lt;|python_tag|&gt;</c> stands for the control token.</param>
    /// <param name="parser">Reads it.</param>
    /// <param name="chunkLengths">Length of the next chunk; by default all there is.</param>
    /// <param name="isComplete">Whether the model ended the answer itself.</param>
    public static string Of(string text, ToolCallParser parser, Func<int>? chunkLengths = null, bool isComplete = true)
    {
        List<AIContent> contents = [];
        foreach (var (index, part) in text.Split(PythonTag).Index())
        {
            if (index > 0)
            {
                parser.AppendPythonTag(contents);
            }

            for (var start = 0; start < part.Length;)
            {
                var length = Math.Min(chunkLengths?.Invoke() ?? part.Length, part.Length - start);
                parser.Append(part.Substring(start, length), contents);
                start += length;
            }
        }

        parser.Flush(isComplete, contents);
        return Of(contents);
    }

    public static string Of(IEnumerable<AIContent> contents)
    {
        StringBuilder transcript = new();
        foreach (var content in contents)
        {
            switch (content)
            {
                case TextContent text:
                    Assert.NotEqual("", text.Text);
                    transcript.Append(text.Text);
                    break;
                case FunctionCallContent call:
                    transcript.Append('⟨').Append(call.Name);
                    foreach (var (name, value) in call.Arguments!)
                    {
                        transcript.Append(' ').Append(name).Append('=').Append(Assert.IsType<JsonElement>(value).GetRawText());
                    }

                    transcript.Append('⟩');
                    break;
                default:
                    Assert.Fail($"unexpected {content.GetType().Name}");
                    break;
            }
        }

        return transcript.ToString();
    }

    public static DeclaredTools Tools(params string[] names) =>
        new(names.Select(name => AIFunctionFactory.CreateDeclaration(name, null, JsonElement.Parse("{}"))));
}

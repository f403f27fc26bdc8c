using System.Buffers;
using System.Text;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>An answer as the engine generated it: its ids with the one that ended it, and what callers got to see of it.</summary>
/// <remarks>The text stays in the builder that collected it, whose owner this is now.</remarks>
internal sealed class GeneratedTurn(StringBuilder text, IEnumerable<FunctionCallContent> calls, int[] tokenIds)
{
    private readonly string _calls = Write(calls);

    public int[] TokenIds { get; } = tokenIds;

    public bool Says(string otherText, IEnumerable<FunctionCallContent> otherCalls) => text.Equals(otherText) && _calls == Write(otherCalls);

    private static string Write(IEnumerable<FunctionCallContent> calls)
    {
        ArrayBufferWriter<char>? output = null;
        foreach (var call in calls)
        {
            output ??= new ArrayBufferWriter<char>();
            PythonJson.Write(output, call.Name);
            PythonJson.Write(output, CallArguments.Of(call));
        }

        return output is null ? "" : output.WrittenSpan.ToString();
    }
}

using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Arguments of a call as a JSON object.</summary>
internal static class CallArguments
{
    private static readonly Dictionary<string, object?> None = [];

    /// <remarks>
    /// A provider that leaves arguments unparsed keeps them as the raw representation. A call whose parsing failed has no arguments to show;
    /// its result tells the model what was wrong.
    /// </remarks>
    public static IEnumerable<KeyValuePair<string, object?>> Of(FunctionCallContent call) => call switch
    {
        { Arguments: { } arguments } => arguments,
        { Exception: null, RawRepresentation: string text } => Parse(call, text),
        { Exception: null, RawRepresentation: JsonElement { ValueKind: JsonValueKind.String } text } => Parse(call, JsonText.Read(text)),
        _ => None,
    };

    private static IEnumerable<KeyValuePair<string, object?>> Parse(FunctionCallContent call, string text)
    {
        if (!JsonText.TryParseContainer(text, out var arguments) || arguments.ValueKind != JsonValueKind.Object)
        {
            throw new ArgumentException($"The arguments of the call to '{call.Name}' (call id '{call.CallId}') are text that is not a JSON object.");
        }

        return arguments.EnumerateObject().Select(member => KeyValuePair.Create(JsonText.ReadName(member), (object?)member.Value));
    }
}

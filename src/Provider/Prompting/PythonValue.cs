using System.Collections;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Arbitrary .NET values as the few kinds that JSON and the template tell apart.</summary>
internal static class PythonValue
{
    /// <summary>Reduces a value to one of the kinds below.</summary>
    /// <returns>
    /// <see langword="null"/>, a string, a Boolean, a number (of .NET, or a <see cref="JsonElement"/> with its digits),
    /// an object (<see cref="JsonElement"/>, or members by name) or an array (<see cref="JsonElement"/>, or <see cref="IEnumerable"/>).
    /// </returns>
    public static object? Of(object? value) => value switch
    {
        null or string or bool or double or float or decimal => value,
        sbyte or byte or short or ushort or int or uint or long or ulong or Int128 or UInt128 or BigInteger => value,
        JsonElement element => Of(element),
        JsonDocument document => Of(document.RootElement),
        JsonValue node => Of(node.TryGetValue(out JsonElement leaf) ? leaf : node.GetValue<object>()),
        JsonObject node => node.Select(member => KeyValuePair.Create(member.Key, (object?)member.Value)),
        IEnumerable<KeyValuePair<string, object?>> => value,
        IDictionary dictionary when dictionary.Keys.Cast<object>().All(key => key is string) =>
            dictionary.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, entry.Value)),
        IEnumerable<object?> or IList and not byte[] => value,
        _ => Of(JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()))),
    };

    /// <summary>Whether a reduced value is an object or an array.</summary>
    public static bool IsContainer(object? reduced) =>
        reduced is JsonElement { ValueKind: JsonValueKind.Object or JsonValueKind.Array } or (IEnumerable and not string);

    private static object? Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => JsonText.Read(element),
        _ => element,
    };
}

using System.Text.Json;

namespace LlamaFp4.Provider.ToolCalling;

/// <summary>Gives arguments that the model wrote as strings the type that the tool's schema declares.</summary>
/// <remarks>
/// Llama 3.1 often writes <c>"n": "10"</c> for an integer. Only a declared type that excludes strings changes anything, and only if the string is
/// exactly one value of that type; everything else is left for the function's own validation.
/// </remarks>
internal static class ArgumentCoercion
{
    public static JsonElement Coerce(string name, JsonElement value, JsonElement schema)
    {
        if (value.ValueKind != JsonValueKind.String || !TryFindType(name, schema, out var type))
        {
            return value;
        }

        var text = value.GetString()!;
        if (type.ValueKind == JsonValueKind.String)
        {
            return TryConvert(text, type.GetString()!, out var converted) ? converted : value;
        }

        if (type.ValueKind != JsonValueKind.Array || type.EnumerateArray().Any(IsStringType))
        {
            return value;
        }

        foreach (var alternative in type.EnumerateArray())
        {
            if (TryConvert(text, alternative.GetString()!, out var converted))
            {
                return converted;
            }
        }

        return value;
    }

    private static bool TryFindType(string name, JsonElement schema, out JsonElement type)
    {
        type = default;
        return schema.ValueKind == JsonValueKind.Object
            && schema.TryGetProperty("properties", out var properties)
            && properties.ValueKind == JsonValueKind.Object
            && properties.TryGetProperty(name, out var property)
            && property.ValueKind == JsonValueKind.Object
            && property.TryGetProperty("type", out type);
    }

    private static bool IsStringType(JsonElement type) => type.ValueKind != JsonValueKind.String || type.ValueEquals("string");

    private static bool TryConvert(string text, string type, out JsonElement converted)
    {
        converted = default;
        return type switch
        {
            "integer" => TryParse(text, JsonValueKind.Number, out converted) && !text.AsSpan().ContainsAny('.', 'e', 'E'),
            "number" => TryParse(text, JsonValueKind.Number, out converted),
            "boolean" when text is "true" or "True" => ModelJson.TryParse("true", out converted),
            "boolean" when text is "false" or "False" => ModelJson.TryParse("false", out converted),
            "null" when text is "null" or "None" => ModelJson.TryParse("null", out converted),
            "array" => TryParse(text, JsonValueKind.Array, out converted),
            "object" => TryParse(text, JsonValueKind.Object, out converted),
            _ => false,
        };
    }

    private static bool TryParse(string text, JsonValueKind kind, out JsonElement value) =>
        ModelJson.TryParse(text, out value) && value.ValueKind == kind;
}

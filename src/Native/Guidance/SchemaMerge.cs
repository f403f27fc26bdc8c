using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlamaFp4.Native.Guidance;

/// <summary>Makes one schema of two that both must hold, and answers what can be told about schemas without generating.</summary>
internal static class SchemaMerge
{
    private static readonly string[] ObjectKeywords = ["properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties"];
    private static readonly string[] ArrayKeywords = ["items", "prefixItems", "additionalItems", "minItems", "maxItems"];
    private static readonly string[] StringKeywords = ["pattern", "minLength", "maxLength", "format"];
    private static readonly string[] NumberKeywords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    private static readonly string[] Combiners = ["$ref", "allOf", "anyOf", "oneOf", "const", "enum", "type"];

    public static bool IsAssertion(string keyword) =>
        ObjectKeywords.Contains(keyword) || ArrayKeywords.Contains(keyword) || StringKeywords.Contains(keyword) || NumberKeywords.Contains(keyword) || Combiners.Contains(keyword);

    public static bool HasAssertions(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.False || schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().Any(p => IsAssertion(p.Name));

    /// <summary>A schema that holds where both hold. <c>IsTarget</c>: it is the first, the second asserts nothing.</summary>
    public static (JsonElement Schema, bool IsTarget) Merge(JsonElement first, JsonElement second, string where)
    {
        if (!HasAssertions(second))
        {
            return (first, true);
        }

        if (!HasAssertions(first))
        {
            return (second, false);
        }

        if (first.ValueKind != JsonValueKind.Object || second.ValueKind != JsonValueKind.Object)
        {
            throw GuideNotSupported.Because("a combination that nothing satisfies", where);
        }

        var result = JsonNode.Parse(first.GetRawText())!.AsObject();
        foreach (var property in second.EnumerateObject())
        {
            if (!result.ContainsKey(property.Name))
            {
                result[property.Name] = JsonNode.Parse(property.Value.GetRawText());
            }
            else if (IsAssertion(property.Name) && first.GetProperty(property.Name).GetRawText() != property.Value.GetRawText())
            {
                result[property.Name] = MergeKeyword(property.Name, first.GetProperty(property.Name), property.Value, where);
            }
        }

        CloseTogether(first, second, where);
        return (JsonSchemaCompiler.ToElement(result), false);
    }

    /// <summary>The types a schema names; null if it names none.</summary>
    public static List<string>? TypesOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            return null;
        }

        return type.ValueKind switch
        {
            JsonValueKind.String => [type.GetString()!],
            JsonValueKind.Array when type.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String) => [.. type.EnumerateArray().Select(t => t.GetString()!)],
            _ => throw GuideNotSupported.Because("a 'type' that is neither a name nor a list of names", "a type"),
        };
    }

    public static List<string>? GuessTypes(JsonElement schema)
    {
        bool HasAny(string[] keywords) => keywords.Any(k => schema.TryGetProperty(k, out _));
        return HasAny(ObjectKeywords) ? ["object"]
            : HasAny(ArrayKeywords) ? ["array"]
            : HasAny(NumberKeywords) ? ["number"]
            : schema.TryGetProperty("pattern", out _) || schema.TryGetProperty("minLength", out _) || schema.TryGetProperty("maxLength", out _) || schema.TryGetProperty("format", out _) ? ["string"]
            : null;
    }

    public static bool IsOfType(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || type == "integer" && value.TryGetDecimal(out var number) && decimal.Truncate(number) == number,
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        _ => type == "null",
    };

    /// <summary>Whether no value can satisfy two of the schemas.</summary>
    public static bool AreDisjoint(List<JsonElement> schemas)
    {
        for (var i = 0; i < schemas.Count; i++)
        {
            for (var j = i + 1; j < schemas.Count; j++)
            {
                if (!AreDisjoint(schemas[i], schemas[j]))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool AreDisjoint(JsonElement a, JsonElement b)
    {
        if (a.ValueKind != JsonValueKind.Object || b.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        if (ValuesOf(a) is { } first && ValuesOf(b) is { } second)
        {
            return !first.Any(x => second.Any(y => JsonElement.DeepEquals(x, y)));
        }

        if (KindsOf(a) is { } left && KindsOf(b) is { } right && !left.Intersect(right).Any())
        {
            return true;
        }

        // Objects told apart by a property that both must have and whose values differ.
        return a.TryGetProperty("properties", out var mine) && b.TryGetProperty("properties", out var others)
            && mine.ValueKind == JsonValueKind.Object && others.ValueKind == JsonValueKind.Object
            && mine.EnumerateObject().Any(p => others.TryGetProperty(p.Name, out var other) && Requires(a, p.Name) && Requires(b, p.Name) && AreDisjoint(p.Value, other));
    }

    private static bool Requires(JsonElement schema, string name) =>
        schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array
        && required.EnumerateArray().Any(r => r.ValueKind == JsonValueKind.String && r.GetString() == name);

    private static List<JsonElement>? ValuesOf(JsonElement schema) =>
        schema.TryGetProperty("const", out var constant) ? [constant]
        : schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()]
        : null;

    private static HashSet<string>? KindsOf(JsonElement schema)
    {
        if (ValuesOf(schema) is { } values)
        {
            return [.. values.Select(v => v.ValueKind is JsonValueKind.False ? nameof(JsonValueKind.True) : v.ValueKind.ToString())];
        }

        return (TypesOf(schema) ?? GuessTypes(schema))?.Select(t => t switch
        {
            "object" => nameof(JsonValueKind.Object),
            "array" => nameof(JsonValueKind.Array),
            "string" => nameof(JsonValueKind.String),
            "boolean" => nameof(JsonValueKind.True),
            "null" => nameof(JsonValueKind.Null),
            _ => nameof(JsonValueKind.Number),
        }).ToHashSet();
    }

    private static JsonNode MergeKeyword(string keyword, JsonElement a, JsonElement b, string where)
    {
        switch (keyword)
        {
            case "properties":
                var properties = JsonNode.Parse(a.GetRawText())!.AsObject();
                foreach (var property in b.EnumerateObject())
                {
                    properties[property.Name] = a.TryGetProperty(property.Name, out var mine)
                        ? JsonNode.Parse(Merge(mine, property.Value, where).Schema.GetRawText())
                        : JsonNode.Parse(property.Value.GetRawText());
                }

                return properties;
            case "required":
                return Strings(Names(a).Union(Names(b)));
            case "type":
                var types = Names(a).SelectMany(_ => Names(b), NarrowerType).OfType<string>().Distinct().ToList();
                return types.Count > 0 ? Strings(types) : throw GuideNotSupported.Because("types that exclude each other, which nothing satisfies", where);
            case "enum":
                var values = a.EnumerateArray().Where(x => b.EnumerateArray().Any(y => JsonElement.DeepEquals(x, y))).ToList();
                return values.Count > 0
                    ? new JsonArray([.. values.Select(v => JsonNode.Parse(v.GetRawText()))])
                    : throw GuideNotSupported.Because("enumerations without a common value, which nothing satisfies", where);
            case "minimum" or "minLength" or "minItems" or "minProperties" when IsNumber(a) && IsNumber(b):
                return JsonNode.Parse((a.GetDouble() >= b.GetDouble() ? a : b).GetRawText())!;
            case "maximum" or "maxLength" or "maxItems" or "maxProperties" when IsNumber(a) && IsNumber(b):
                return JsonNode.Parse((a.GetDouble() <= b.GetDouble() ? a : b).GetRawText())!;
            case "additionalProperties" when a.ValueKind == JsonValueKind.False || b.ValueKind == JsonValueKind.False:
                return JsonValue.Create(false);
            default:
                throw GuideNotSupported.Because($"two different '{keyword}' that both must hold", where);
        }
    }

    // A closed member forbids what only the other one names.
    private static void CloseTogether(JsonElement a, JsonElement b, string where)
    {
        static bool IsClosed(JsonElement schema) => schema.TryGetProperty("additionalProperties", out var extra) && extra.ValueKind == JsonValueKind.False;
        static HashSet<string> NamesOf(JsonElement schema) =>
            schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object ? [.. properties.EnumerateObject().Select(p => p.Name)] : [];

        if (IsClosed(a) && !NamesOf(b).IsSubsetOf(NamesOf(a)) || IsClosed(b) && !NamesOf(a).IsSubsetOf(NamesOf(b)))
        {
            throw GuideNotSupported.Because("a closed object ('additionalProperties': false) combined with further properties", where);
        }
    }

    private static string? NarrowerType(string a, string b) => a == b ? a : (a, b) is ("integer", "number") or ("number", "integer") ? "integer" : null;

    private static bool IsNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number;

    private static IEnumerable<string> Names(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)
        : [];

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)JsonValue.Create(v)!)]);
}

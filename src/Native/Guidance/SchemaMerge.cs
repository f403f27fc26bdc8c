using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlamaFp4.Native.Guidance;

/// <summary>Makes one schema of two that both must hold, and answers what can be told about schemas without generating.</summary>
internal static class SchemaMerge
{
    private static readonly string[] ObjectKeywords = ["properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties"];
    private static readonly string[] OpenKeywords = ["additionalProperties", "patternProperties", "unevaluatedProperties"];
    private static readonly string[] ArrayKeywords = ["items", "prefixItems", "additionalItems", "minItems", "maxItems"];
    private static readonly string[] ItemKeywords = ["items", "prefixItems", "additionalItems", "unevaluatedItems"];
    private static readonly string[] StringKeywords = ["pattern", "minLength", "maxLength", "format"];
    private static readonly string[] NumberKeywords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

    public static bool HasAssertions(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.False || schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().Any(p => SchemaKeywords.IsAssertion(p.Name));

    /// <summary>A schema that holds where both hold.</summary>
    public static JsonElement Merge(JsonElement first, JsonElement second, string where)
    {
        if (!HasAssertions(second))
        {
            return first;
        }

        if (!HasAssertions(first))
        {
            return second;
        }

        if (first.ValueKind == JsonValueKind.False || second.ValueKind == JsonValueKind.False)
        {
            return JsonElement.Parse("false");
        }

        RefuseObjects(first, second, where);
        RefuseArrays(first, second, where);
        var result = JsonSchemaCompiler.ToNode(first);
        foreach (var property in second.EnumerateObject())
        {
            if (!result.ContainsKey(property.Name))
            {
                result[property.Name] = Node(property.Value);
            }
            else if (SchemaKeywords.IsAssertion(property.Name) && !JsonElement.DeepEquals(first.GetProperty(property.Name), property.Value))
            {
                result[property.Name] = MergeKeyword(property.Name, first.GetProperty(property.Name), property.Value, where);
            }
        }

        return JsonSchemaCompiler.ToElement(result);
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
            : HasAny(StringKeywords) ? ["string"]
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

        var (left, right) = (KindsOf(a), KindsOf(b));
        if (left is not null && right is not null && !left.Overlaps(right))
        {
            return true;
        }

        // Objects told apart by a property that both must have and whose values differ.
        return left is { Count: 1 } && right is { Count: 1 } && left.Contains(nameof(JsonValueKind.Object)) && right.Contains(nameof(JsonValueKind.Object))
            && a.TryGetProperty("properties", out var mine) && b.TryGetProperty("properties", out var others)
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

        // Only what the schema says itself: one without a type also allows values of every other type.
        return TypesOf(schema)?.Select(t => t switch
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
                var properties = JsonSchemaCompiler.ToNode(a);
                foreach (var property in b.EnumerateObject())
                {
                    properties[property.Name] = a.TryGetProperty(property.Name, out var mine)
                        ? Node(Merge(mine, property.Value, where))
                        : Node(property.Value);
                }

                return properties;
            case "required":
                return Strings(Names(a).Union(Names(b)));
            case "type":
                var types = Names(a).SelectMany(_ => Names(b), NarrowerType).OfType<string>().Distinct().ToList();
                return Strings(types);
            case "enum":
                var values = a.EnumerateArray().Where(x => b.EnumerateArray().Any(y => JsonElement.DeepEquals(x, y))).ToList();
                return new JsonArray([.. values.Select(Node)]);
            case "minimum" or "minLength" or "minItems" or "minProperties" when IsNumber(a) && IsNumber(b):
                return Node(a.GetDouble() >= b.GetDouble() ? a : b)!;
            case "maximum" or "maxLength" or "maxItems" or "maxProperties" when IsNumber(a) && IsNumber(b):
                return Node(a.GetDouble() <= b.GetDouble() ? a : b)!;
            case "additionalProperties" or "unevaluatedProperties" when a.ValueKind == JsonValueKind.True || b.ValueKind == JsonValueKind.True:
                return Node(a.ValueKind == JsonValueKind.True ? b : a)!;
            default:
                throw GuideNotSupported.Because($"two different '{keyword}' that both must hold", where);
        }
    }

    // What one side says of properties it does not name would have to hold for those that only the other one names.
    private static void RefuseObjects(JsonElement a, JsonElement b, string where)
    {
        static bool Has(JsonElement schema, string[] keywords) => keywords.Any(k => schema.TryGetProperty(k, out var value) && value.ValueKind != JsonValueKind.True);
        static HashSet<string> NamesOf(JsonElement schema) =>
            schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object ? [.. properties.EnumerateObject().Select(p => p.Name)] : [];
        static bool Same(JsonElement x, JsonElement y, string keyword) =>
            x.TryGetProperty(keyword, out var mine) == y.TryGetProperty(keyword, out var other) && (mine.ValueKind == JsonValueKind.Undefined || JsonElement.DeepEquals(mine, other));

        var (open, names, otherNames) = (OpenKeywords.All(k => Same(a, b, k)), NamesOf(a), NamesOf(b));
        if (Has(a, OpenKeywords) && (!otherNames.IsSubsetOf(names) || (!open && Has(b, OpenKeywords)))
            || Has(b, OpenKeywords) && (!names.IsSubsetOf(otherNames) || (!open && Has(a, OpenKeywords))))
        {
            throw GuideNotSupported.Because("'additionalProperties', 'patternProperties' or 'unevaluatedProperties' combined with properties of another schema", where);
        }
    }

    private static void RefuseArrays(JsonElement a, JsonElement b, string where)
    {
        if (ItemKeywords.Any(k => a.TryGetProperty(k, out _)) && ItemKeywords.Any(k => b.TryGetProperty(k, out _))
            && !ItemKeywords.All(k => a.TryGetProperty(k, out var mine) == b.TryGetProperty(k, out var other) && (mine.ValueKind == JsonValueKind.Undefined || JsonElement.DeepEquals(mine, other))))
        {
            throw GuideNotSupported.Because("two different schemas of an array's items that both must hold", where);
        }
    }

    private static JsonNode? Node(JsonElement value) => JsonNode.Parse(value.GetRawText(), null, new JsonDocumentOptions { MaxDepth = 512 });

    private static string? NarrowerType(string a, string b) => a == b ? a : (a, b) is ("integer", "number") or ("number", "integer") ? "integer" : null;

    private static bool IsNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number;

    private static IEnumerable<string> Names(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? [value.GetString()!]
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)
        : [];

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)JsonValue.Create(v)!)]);
}

using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

/// <summary>The words of JSON Schema that assert something. All others are annotations and mean nothing here.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Enforced = new(StringComparer.Ordinal)
    {
        "$ref", "allOf", "anyOf", "oneOf", "const", "enum", "type",
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedProperties",
        "items", "prefixItems", "additionalItems", "minItems", "maxItems",
        "pattern", "minLength", "maxLength", "format",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    };

    private static readonly HashSet<string> NotEnforced = new(StringComparer.Ordinal)
    {
        "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "contains", "minContains", "maxContains",
        "uniqueItems", "unevaluatedItems", "$dynamicRef", "$recursiveRef", "extends", "disallow", "divisibleBy",
    };

    public static bool IsAssertion(string keyword) => Enforced.Contains(keyword) || NotEnforced.Contains(keyword);

    public static bool IsNotEnforced(string keyword) => NotEnforced.Contains(keyword);

    /// <summary>Whether an assertion that cannot be enforced asks for nothing.</summary>
    public static bool IsWithoutEffect(JsonProperty property) => property.Name switch
    {
        "uniqueItems" => property.Value.ValueKind == JsonValueKind.False,
        "unevaluatedItems" => property.Value.ValueKind == JsonValueKind.True,
        _ => false,
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Guidance;

/// <summary>Turns a JSON Schema into a grammar whose texts all validate against it.</summary>
/// <remarks>
/// <para>The grammar may generate less than the schema allows (properties in the schema's order, one spelling, no properties that
/// a schema with <c>properties</c> does not name), never more.</para>
/// <para>An assertion that cannot be enforced is refused by name where the whole answer must validate. For a tool's arguments, which the function's own
/// binding checks again, the narrowest value around it is left free instead.</para>
/// </remarks>
internal sealed partial class JsonSchemaCompiler
{
    private const int MaxDepth = 128;

    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "example",
        "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema", "nullable", "discriminator", "externalDocs", "xml",
    };

    private static readonly string[] NotEnforced =
    [
        "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "contains", "minContains", "maxContains",
        "unevaluatedItems", "$dynamicRef", "$recursiveRef",
    ];

    private readonly JsonGrammar _json;
    private readonly JsonElement _root;
    private readonly bool _lenient;
    private readonly string _rulePrefix;
    private int _depth;

    private JsonSchemaCompiler(JsonGrammar json, JsonElement root, bool lenient)
    {
        _json = json;
        _root = root;
        _lenient = lenient;
        _rulePrefix = $"{(lenient ? "lenient" : "strict")}:{root.GetRawText().GetHashCode(StringComparison.Ordinal)}:{json.Grammar.Count}:";
    }

    private Grammar Grammar => _json.Grammar;

    /// <summary>JSON that validates against the schema; what cannot be enforced is refused.</summary>
    public static int Compile(JsonGrammar json, JsonElement schema, int next) => new JsonSchemaCompiler(json, schema, lenient: false).Schema(schema, "#", next);

    /// <summary>An object by the schema, as far as the schema can be enforced.</summary>
    public static int CompileArguments(JsonGrammar json, JsonElement schema, int next)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.EnumerateObject().Any(p => !Annotations.Contains(p.Name) && p.Name != "type"))
        {
            return json.Grammar.Literal("{}", next);
        }

        // A tool's arguments are an object, whatever else the schema would allow.
        if (!schema.TryGetProperty("type", out _) && JsonNode.Parse(schema.GetRawText()) is JsonObject copy)
        {
            copy["type"] = "object";
            schema = ToElement(copy);
        }

        return new JsonSchemaCompiler(json, schema, lenient: true).Schema(schema, "#", next);
    }

    private int Schema(JsonElement schema, string where, int next)
    {
        if (!_lenient)
        {
            return StrictSchema(schema, where, next);
        }

        var depth = _depth;
        try
        {
            return StrictSchema(schema, where, next);
        }
        catch (FeatureNotSupportedException)
        {
            _depth = depth;
            return AnyOfDeclaredType(schema, next);
        }
    }

    private int AnyOfDeclaredType(JsonElement schema, int next)
    {
        var type = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : null;
        return type switch
        {
            "object" => _json.Object(next),
            "array" => _json.Array(next),
            "string" => _json.String(next),
            "number" => _json.Number(next),
            "integer" => _json.Integer(next),
            "boolean" => _json.Boolean(next),
            "null" => _json.Null(next),
            _ => _json.Value(next),
        };
    }

    private int StrictSchema(JsonElement schema, string where, int next)
    {
        if (schema.ValueKind == JsonValueKind.True)
        {
            return _json.Value(next);
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw schema.ValueKind == JsonValueKind.False
                ? GuideNotSupported.Because("the schema 'false', which nothing satisfies", where)
                : GuideNotSupported.Because("a schema that is neither an object nor a boolean", where);
        }

        if (++_depth > MaxDepth)
        {
            throw GuideNotSupported.Because($"schemas nested deeper than {MaxDepth}", where);
        }

        RefuseNotEnforced(schema, where);
        var result = Combined(schema, where, next) ?? Typed(schema, where, next);
        _depth--;
        return result;
    }

    private static void RefuseNotEnforced(JsonElement schema, string where)
    {
        foreach (var keyword in NotEnforced)
        {
            if (schema.TryGetProperty(keyword, out _))
            {
                throw GuideNotSupported.Because($"the keyword '{keyword}'", where);
            }
        }

        if (schema.TryGetProperty("uniqueItems", out var unique) && unique.ValueKind == JsonValueKind.True)
        {
            throw GuideNotSupported.Because("the keyword 'uniqueItems'", where);
        }
    }

    /// <summary>The keywords that stand for other schemas; null if there is none of them.</summary>
    private int? Combined(JsonElement schema, string where, int next)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var (target, targetWhere) = Resolve(reference, where);
            var merged = SchemaMerge.Merge(target, Without(schema, "$ref"), where);
            return merged.IsTarget
                ? Grammar.Call(_json.Rule(_rulePrefix + targetWhere, _ => Schema(target, targetWhere, Grammar.End)), next)
                : StrictSchema(merged.Schema, where, next);
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            var merged = Without(schema, "allOf");
            foreach (var (member, i) in Members(all, "allOf", where))
            {
                merged = SchemaMerge.Merge(merged, Dereference(member, $"{where}/allOf/{i}"), $"{where}/allOf/{i}").Schema;
            }

            return StrictSchema(merged, where, next);
        }

        foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (schema.TryGetProperty(keyword, out var options))
            {
                return Alternatives(schema, keyword, options, where, next);
            }
        }

        if (schema.TryGetProperty("const", out var constant))
        {
            return Constants([constant], schema, "const", where, next);
        }

        return schema.TryGetProperty("enum", out var values)
            ? Constants([.. Members(values, "enum", where).Select(m => m.Member)], schema, "enum", where, next)
            : null;
    }

    private int Alternatives(JsonElement schema, string keyword, JsonElement options, string where, int next)
    {
        var siblings = Without(schema, keyword);
        var members = Members(options, keyword, where)
            .Select(m => SchemaMerge.Merge(Dereference(m.Member, $"{where}/{keyword}/{m.Index}", onlyIf: SchemaMerge.HasAssertions(siblings)), siblings, where).Schema)
            .ToList();
        if (keyword == "oneOf" && !SchemaMerge.AreDisjoint(members.Select(m => Dereference(m, where)).ToList()))
        {
            throw GuideNotSupported.Because("'oneOf' with alternatives that may overlap", where);
        }

        var starts = new List<int>();
        FeatureNotSupportedException? refused = null;
        for (var i = 0; i < members.Count; i++)
        {
            // An alternative that contradicts its siblings drops out; the others remain.
            try
            {
                starts.Add(StrictSchema(members[i], $"{where}/{keyword}/{i}", next));
            }
            catch (FeatureNotSupportedException exception) when (exception.Message.Contains("nothing satisfies", StringComparison.Ordinal))
            {
                refused = exception;
            }
        }

        return starts.Count > 0 ? Grammar.Choice([.. starts]) : throw refused ?? GuideNotSupported.Because($"an empty '{keyword}'", where);
    }

    private int Constants(List<JsonElement> values, JsonElement schema, string keyword, string where, int next)
    {
        foreach (var property in schema.EnumerateObject())
        {
            if (property.Name != keyword && property.Name is not ("type" or "enum" or "const") && !Annotations.Contains(property.Name))
            {
                throw GuideNotSupported.Because($"'{property.Name}' beside '{keyword}'", where);
            }
        }

        var types = SchemaMerge.TypesOf(schema);
        var starts = values.Where(v => types is null || types.Any(t => SchemaMerge.IsOfType(v, t))).Select(v => _json.Constant(v, next)).ToArray();
        return starts.Length > 0 ? Grammar.Choice(starts) : throw GuideNotSupported.Because($"an '{keyword}' that nothing satisfies", where);
    }

    private int Typed(JsonElement schema, string where, int next)
    {
        var types = SchemaMerge.TypesOf(schema) ?? SchemaMerge.GuessTypes(schema);
        if (types is null)
        {
            return _json.Value(next);
        }

        var starts = new List<int>();
        foreach (var type in types)
        {
            starts.Add(type switch
            {
                "object" => ObjectSchema(schema, where, next),
                "array" => ArraySchema(schema, where, next),
                "string" => StringSchema(schema, where, next),
                "number" => NumberSchema(schema, where, next),
                "integer" => IntegerSchema(schema, where, next),
                "boolean" => _json.Boolean(next),
                "null" => _json.Null(next),
                _ => throw GuideNotSupported.Because($"the type '{type}'", where),
            });
        }

        return starts.Count > 0 ? Grammar.Choice([.. starts]) : throw GuideNotSupported.Because("an empty list of types, which nothing satisfies", where);
    }

    /// <summary>A schema as a rule, made once for equal texts.</summary>
    private int SchemaRule(JsonElement schema, string where, int next) =>
        Grammar.Call(_json.Rule(_rulePrefix + schema.GetRawText(), _ => Schema(schema, where, Grammar.End)), next);

    private (JsonElement Target, string Where) Resolve(JsonElement reference, string where)
    {
        var text = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : throw GuideNotSupported.Because("a '$ref' that is no string", where);
        if (!text.StartsWith('#') || text.Length > 1 && text[1] != '/')
        {
            throw GuideNotSupported.Because($"the reference '{text}'; only references into the same schema ('#/…') are known", where);
        }

        var target = _root;
        foreach (var part in text.Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            var found = target.ValueKind switch
            {
                JsonValueKind.Object => target.TryGetProperty(name, out target),
                JsonValueKind.Array => int.TryParse(name, out var index) && index >= 0 && index < target.GetArrayLength() && (target = target[index]).ValueKind != JsonValueKind.Undefined,
                _ => false,
            };
            if (!found)
            {
                throw GuideNotSupported.Because($"the reference '{text}', which leads nowhere", where);
            }
        }

        return (target, text);
    }

    private JsonElement Dereference(JsonElement schema, string where, bool onlyIf = true)
    {
        for (var i = 0; onlyIf && schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference); i++)
        {
            if (i > MaxDepth)
            {
                throw GuideNotSupported.Because("a '$ref' that leads back to itself", where);
            }

            schema = SchemaMerge.Merge(Resolve(reference, where).Target, Without(schema, "$ref"), where).Schema;
        }

        return schema;
    }

    private static IEnumerable<(JsonElement Member, int Index)> Members(JsonElement list, string keyword, string where)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw GuideNotSupported.Because($"a '{keyword}' that is no list", where);
        }

        return list.EnumerateArray().Select((member, i) => (member, i));
    }

    private static JsonElement Without(JsonElement schema, string keyword)
    {
        var copy = JsonNode.Parse(schema.GetRawText())!.AsObject();
        copy.Remove(keyword);
        return ToElement(copy);
    }

    internal static JsonElement ToElement(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }
}

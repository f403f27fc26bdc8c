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
    private const int MaxSchemas = 20_000;

    private static readonly JsonDocumentOptions DeepDocuments = new() { MaxDepth = 512 };

    private readonly JsonGrammar _json;
    private readonly JsonElement _root;
    private readonly bool _lenient;
    private readonly string _rulePrefix;
    private int _depth;
    private int _schemas;

    private JsonSchemaCompiler(JsonGrammar json, JsonElement root, bool lenient)
    {
        _json = json;
        _root = root;
        _lenient = lenient;

        // Each schema of a grammar has rules of its own: the same text may mean something else under another root.
        _rulePrefix = $"{json.Grammar.Count}:";
    }

    private Grammar Grammar => _json.Grammar;

    /// <summary>JSON that validates against the schema; what cannot be enforced is refused.</summary>
    public static int Compile(JsonGrammar json, JsonElement schema, int next) =>
        Readable(() => new JsonSchemaCompiler(json, schema, lenient: false).Schema(schema, "#", next));

    /// <summary>An object by the schema, as far as the schema can be enforced.</summary>
    public static int CompileArguments(JsonGrammar json, JsonElement schema, int next) => Readable(() =>
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.EnumerateObject().Any(p => SchemaKeywords.IsAssertion(p.Name) && p.Name != "type"))
        {
            return json.Grammar.Literal("{}", next);
        }

        // A tool's arguments are an object, whatever else the schema would allow.
        var copy = ToNode(schema);
        copy["type"] = "object";
        schema = ToElement(copy);
        return new JsonSchemaCompiler(json, schema, lenient: true).Schema(schema, "#", next);
    });

    // What the schema's author wrote wrongly (a list where a name belongs, half a surrogate pair) comes out of the JSON reader.
    private static bool IsMalformed(Exception exception) => exception is InvalidOperationException or JsonException or ArgumentException or KeyNotFoundException;

    private static int Readable(Func<int> compile)
    {
        try
        {
            return compile();
        }
        catch (Exception exception) when (IsMalformed(exception))
        {
            throw GuideNotSupported.Because($"a malformed schema: {exception.Message}", "#");
        }
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
        catch (Exception exception) when (exception is FeatureNotSupportedException || IsMalformed(exception))
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

        if (schema.ValueKind == JsonValueKind.False)
        {
            return Grammar.Nothing();
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw GuideNotSupported.Because("a schema that is neither an object nor a boolean", where);
        }

        if (++_depth > MaxDepth || ++_schemas > MaxSchemas)
        {
            throw GuideNotSupported.Because($"schemas nested deeper than {MaxDepth}, or more than {MaxSchemas} of them", where);
        }

        RefuseNotEnforced(schema, where);
        var result = Combined(schema, where, next) ?? Typed(schema, where, next);
        _depth--;
        return result;
    }

    private static void RefuseNotEnforced(JsonElement schema, string where)
    {
        foreach (var property in schema.EnumerateObject())
        {
            if (SchemaKeywords.IsNotEnforced(property.Name) && !SchemaKeywords.IsWithoutEffect(property))
            {
                throw GuideNotSupported.Because($"the keyword '{property.Name}'", where);
            }
        }

        if (where != "#" && schema.TryGetProperty("$id", out _))
        {
            throw GuideNotSupported.Because("an '$id' inside the schema, which would change what references mean", where);
        }
    }

    /// <summary>The keywords that stand for other schemas; null if there is none of them.</summary>
    private int? Combined(JsonElement schema, string where, int next)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var (target, targetWhere) = Resolve(reference, where);
            var siblings = Without(schema, "$ref");
            return SchemaMerge.HasAssertions(siblings)
                ? StrictSchema(MergeInto(siblings, [target], where), where, next)
                : Grammar.Call(_json.Rule(_rulePrefix + targetWhere, _ => Schema(target, targetWhere, Grammar.End)), next);
        }

        if (schema.TryGetProperty("allOf", out var all))
        {
            var members = Members(all, "allOf", where).Select(m => Dereference(m.Member, $"{where}/allOf/{m.Index}")).ToList();
            return StrictSchema(MergeInto(Without(schema, "allOf"), members, where), where, next);
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

    /// <summary>A schema together with others that must hold as well. Its 'unevaluatedProperties' speak of all of them.</summary>
    private static JsonElement MergeInto(JsonElement schema, IEnumerable<JsonElement> others, string where)
    {
        var rest = schema.TryGetProperty("unevaluatedProperties", out var unevaluated) ? Without(schema, "unevaluatedProperties") : schema;
        rest = others.Aggregate(rest, (merged, other) => SchemaMerge.Merge(merged, other, where));
        if (unevaluated.ValueKind == JsonValueKind.Undefined || rest.ValueKind != JsonValueKind.Object)
        {
            return rest;
        }

        var result = ToNode(rest);
        result["unevaluatedProperties"] ??= JsonNode.Parse(unevaluated.GetRawText(), null, DeepDocuments);
        return ToElement(result);
    }

    private int Alternatives(JsonElement schema, string keyword, JsonElement options, string where, int next)
    {
        var siblings = Without(schema, keyword);
        var members = Members(options, keyword, where).Select(m => m.Member).ToList();
        if (keyword == "oneOf" && !SchemaMerge.AreDisjoint(members.Select(m => Dereference(m, where)).ToList()))
        {
            throw GuideNotSupported.Because("'oneOf' with alternatives that may overlap", where);
        }

        // An alternative that contradicts its siblings is a dead end, which the grammar drops.
        var starts = members.Select((member, i) => SchemaMerge.HasAssertions(siblings)
            ? StrictSchema(SchemaMerge.Merge(siblings, Dereference(member, $"{where}/{keyword}/{i}"), where), where, next)
            : StrictSchema(member, $"{where}/{keyword}/{i}", next));
        return Grammar.Choice([.. starts]);
    }

    private int Constants(List<JsonElement> values, JsonElement schema, string keyword, string where, int next)
    {
        foreach (var property in schema.EnumerateObject())
        {
            if (SchemaKeywords.IsAssertion(property.Name) && property.Name is not ("type" or "enum" or "const"))
            {
                throw GuideNotSupported.Because($"'{property.Name}' beside '{keyword}'", where);
            }
        }

        var types = SchemaMerge.TypesOf(schema);
        var also = keyword == "const" && schema.TryGetProperty("enum", out var list) ? Members(list, "enum", where).Select(m => m.Member).ToList() : null;
        return Grammar.Choice([.. values
            .Where(v => types is null || types.Exists(t => SchemaMerge.IsOfType(v, t)))
            .Where(v => also is null || also.Exists(other => JsonElement.DeepEquals(v, other)))
            .Select(v => _json.Constant(v, next))]);
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

        return Grammar.Choice([.. starts]);
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

    private JsonElement Dereference(JsonElement schema, string where)
    {
        for (var i = 0; schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference); i++)
        {
            if (i > MaxDepth)
            {
                throw GuideNotSupported.Because("a '$ref' that leads back to itself", where);
            }

            schema = MergeInto(Without(schema, "$ref"), [Resolve(reference, where).Target], where);
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
        var copy = ToNode(schema);
        copy.Remove(keyword);
        return ToElement(copy);
    }

    internal static JsonObject ToNode(JsonElement schema) => JsonNode.Parse(schema.GetRawText(), null, DeepDocuments)!.AsObject();

    internal static JsonElement ToElement(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString(), DeepDocuments);
        return document.RootElement.Clone();
    }
}

using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

internal sealed partial class JsonSchemaCompiler
{
    private const int MaxProperties = 1_000;
    private const int MaxCount = 4096;

    private int ObjectSchema(JsonElement schema, string where, int next)
    {
        var shape = ObjectShape.Read(this, schema, where);
        if (shape.IsFree)
        {
            return _json.Object(next);
        }

        return new ObjectGrammar(this, shape, where, next).Start();
    }

    private static int Count(JsonElement schema, string keyword, string where)
    {
        if (!schema.TryGetProperty(keyword, out var value))
        {
            return 0;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= 0 && number <= MaxCount && decimal.Truncate(number) == number
            ? (int)number
            : throw GuideNotSupported.Because($"a '{keyword}' that is no whole number from 0 to {MaxCount}", where);
    }

    // A larger maximum is generated as MaxCount: less than the schema allows, never more.
    private static int? MaxCountOf(JsonElement schema, string keyword, string where)
    {
        if (!schema.TryGetProperty(keyword, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= 0 && decimal.Truncate(number) == number
            ? (int)Math.Min(number, MaxCount)
            : throw GuideNotSupported.Because($"a '{keyword}' that is no whole number from 0 on", where);
    }

    /// <summary>What an object schema says, with its defaults settled.</summary>
    private sealed class ObjectShape
    {
        public required List<(string Name, JsonElement Schema, bool Required)> Properties { get; init; }

        /// <summary>Keys beyond the named ones, with the schema of their values.</summary>
        public required List<(Dfa Keys, JsonElement Schema)> Extras { get; init; }

        public required int Min { get; init; }

        public required int? Max { get; init; }

        public required bool IsFree { get; init; }

        public static ObjectShape Read(JsonSchemaCompiler compiler, JsonElement schema, string where)
        {
            var hasProperties = schema.TryGetProperty("properties", out var properties);
            var hasPatterns = schema.TryGetProperty("patternProperties", out var patterns);
            var hasExtra = schema.TryGetProperty("additionalProperties", out var extra) || schema.TryGetProperty("unevaluatedProperties", out extra);
            var hasNames = schema.TryGetProperty("propertyNames", out var names);
            var required = schema.TryGetProperty("required", out var list) ? Members(list, "required", where).Select(m => m.Member.GetString()!).ToList() : [];
            var declared = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var property in hasProperties ? properties.EnumerateObject().AsEnumerable() : [])
            {
                declared[property.Name] = property.Value;
            }

            var any = compiler.AnySchema;
            foreach (var name in required)
            {
                declared.TryAdd(name, hasExtra ? extra : any);
            }

            if (declared.Count > MaxProperties)
            {
                throw GuideNotSupported.Because($"more than {MaxProperties} properties", where);
            }

            var nameDfa = hasNames ? compiler.NameDfa(names, $"{where}/propertyNames") : Dfa.AnyText;

            // A name that is not allowed has no way to be written; if it is required, nothing satisfies the object.
            var named = declared
                .Select(p => (p.Key, nameDfa.Matches(p.Key) ? p.Value : compiler.NoSchema, required.Contains(p.Key)))
                .ToList();
            var extras = ExtraKeys(named, hasPatterns ? patterns : null, nameDfa, where, out var remaining);
            var isOpen = hasExtra ? extra.ValueKind != JsonValueKind.False : named.Count == 0 && !hasProperties && !hasPatterns;
            if (isOpen && !remaining.AcceptsNothing)
            {
                extras.Add((remaining, hasExtra ? extra : any));
            }

            var (min, max) = (Count(schema, "minProperties", where), MaxCountOf(schema, "maxProperties", where));
            if (min > named.Count + 1)
            {
                throw GuideNotSupported.Because("a 'minProperties' beyond the named properties, since keys made up could repeat", where);
            }

            return new ObjectShape
            {
                Properties = named,
                Extras = extras,
                Min = min,
                Max = max,
                IsFree = named.Count == 0 && !hasProperties && !hasPatterns && !hasNames && min == 0 && max is null && (!hasExtra || extra.ValueKind == JsonValueKind.True),
            };
        }
    }

    private JsonElement AnySchema { get; } = JsonElement.Parse("true");

    private JsonElement NoSchema { get; } = JsonElement.Parse("false");

    private static List<(Dfa Keys, JsonElement Schema)> ExtraKeys(List<(string Name, JsonElement Schema, bool Required)> named, JsonElement? patterns, Dfa names, string where, out Dfa remaining)
    {
        var result = new List<(Dfa, JsonElement)>();
        remaining = names;
        if (named.Count > 0)
        {
            var literals = new RegexAlternation([.. named.Select(n => RegexNode.Literal(n.Name))]);
            remaining = remaining.Intersect(Dfa.FromRegex(literals, where).Complement(), where);
        }

        if (patterns is not { } map)
        {
            return result;
        }

        foreach (var pattern in map.EnumerateObject())
        {
            var dfa = Dfa.FromRegex(RegexParser.Parse(pattern.Name, search: true), $"{where}/patternProperties");
            if (named.Exists(n => dfa.Matches(n.Name)))
            {
                throw GuideNotSupported.Because($"the pattern '{pattern.Name}', which also matches a named property", $"{where}/patternProperties");
            }

            var keys = remaining.Intersect(dfa, where);
            remaining = remaining.Intersect(dfa.Complement(), where);
            if (!keys.AcceptsNothing && pattern.Value.ValueKind != JsonValueKind.False)
            {
                result.Add((keys, pattern.Value));
            }
        }

        return result;
    }

    private Dfa NameDfa(JsonElement schema, string where)
    {
        if (schema.ValueKind == JsonValueKind.True)
        {
            return Dfa.AnyText;
        }

        schema = Dereference(schema, where);
        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw GuideNotSupported.Because("a 'propertyNames' that is no schema object", where);
        }

        foreach (var property in schema.EnumerateObject())
        {
            if (SchemaKeywords.IsAssertion(property.Name) && property.Name is not ("type" or "pattern" or "minLength" or "maxLength" or "format" or "enum" or "const"))
            {
                throw GuideNotSupported.Because($"the keyword '{property.Name}' in 'propertyNames'", where);
            }
        }

        var result = StringDfa(schema, where) ?? Dfa.AnyText;
        foreach (var keyword in (ReadOnlySpan<string>)["enum", "const"])
        {
            if (schema.TryGetProperty(keyword, out var value))
            {
                var texts = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
                var names = new RegexAlternation([.. texts.Where(v => v.ValueKind == JsonValueKind.String).Select(v => RegexNode.Literal(v.GetString()!))]);
                result = result.Intersect(Dfa.FromRegex(names, where), where);
            }
        }

        return SchemaMerge.TypesOf(schema) is { } types && !types.Contains("string") ? Dfa.Nothing : result;
    }

    /// <summary>The grammar of one object: properties in order, each a choice between writing and skipping it, then keys that no property names.</summary>
    private sealed class ObjectGrammar(JsonSchemaCompiler compiler, ObjectShape shape, string where, int next)
    {
        private readonly Dictionary<(int Index, int Count), int> _properties = [];
        private readonly Dictionary<(int Named, int Extras), int> _extras = [];

        // Counting stops where it makes no more difference.
        private readonly int _cap = Math.Max(1, Math.Max(shape.Min, shape.Max ?? 0));

        public int Start() => compiler.Grammar.Literal("{", Property(0, 0));

        private int Property(int index, int count)
        {
            if (index == shape.Properties.Count)
            {
                return Extras(count, 0);
            }

            if (_properties.TryGetValue((index, count), out var known))
            {
                return known;
            }

            var (name, schema, required) = shape.Properties[index];
            var options = new List<int>();
            if (shape.Max is null || count < shape.Max)
            {
                var value = compiler.SchemaRule(schema, $"{where}/properties/{name}", Property(index + 1, Math.Min(count + 1, _cap)));
                options.Add(compiler.Grammar.Literal($"{Separator(count)}{CanonicalJson.Write(name)}{JsonGrammar.KeySeparator}", value));
            }

            if (!required)
            {
                options.Add(Property(index + 1, count));
            }

            return _properties[(index, count)] = compiler.Grammar.Choice([.. options]);
        }

        // Keys made up by the model could repeat, so all of them together count as one towards the minimum.
        private int Extras(int named, int extras)
        {
            if (_extras.TryGetValue((named, extras), out var known))
            {
                return known;
            }

            var node = _extras[(named, extras)] = compiler.Grammar.AddNode();
            if (named + Math.Min(extras, 1) >= shape.Min)
            {
                compiler.Grammar.AddEpsilon(node, compiler.Grammar.Literal("}", next));
            }

            if (shape.Extras.Count > 0 && (shape.Max is null || named + extras < shape.Max))
            {
                var after = Extras(named, shape.Max is null ? 1 : extras + 1);
                foreach (var (keys, schema) in shape.Extras)
                {
                    var value = compiler.Grammar.Literal(JsonGrammar.KeySeparator, compiler.SchemaRule(schema, $"{where}/additionalProperties", after));
                    compiler.Grammar.AddEpsilon(node, compiler.Grammar.Literal(Separator(named + extras), compiler._json.String(keys, value)));
                }
            }

            return node;
        }

        private static string Separator(int count) => count == 0 ? string.Empty : JsonGrammar.ItemSeparator;
    }
}

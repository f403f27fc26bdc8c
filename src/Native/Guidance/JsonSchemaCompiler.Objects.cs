using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

internal sealed partial class JsonSchemaCompiler
{
    private const int Dead = -1;
    private const int MaxCount = 4096;

    private int ObjectSchema(JsonElement schema, string where, int next)
    {
        var shape = ObjectShape.Read(this, schema, where);
        if (shape.IsFree)
        {
            return _json.Object(next);
        }

        var start = new ObjectGrammar(this, shape, where, next).Start();
        return start != Dead ? start : throw GuideNotSupported.Because("an object whose numbers of properties contradict each other, which nothing satisfies", where);
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
            var named = new List<(string, JsonElement, bool)>();
            var nameDfa = hasNames ? compiler.NameDfa(names, $"{where}/propertyNames") : Dfa.AnyText;
            if (hasProperties)
            {
                foreach (var property in properties.EnumerateObject())
                {
                    var isRequired = required.Contains(property.Name);
                    if (nameDfa.Matches(property.Name) && (property.Value.ValueKind != JsonValueKind.False || isRequired))
                    {
                        named.Add((property.Name, property.Value, isRequired));
                    }
                    else if (isRequired)
                    {
                        throw GuideNotSupported.Because($"the required property '{property.Name}', which 'propertyNames' excludes: nothing satisfies that", where);
                    }
                }
            }

            var any = compiler.AnySchema;
            foreach (var name in required.Where(r => !named.Exists(n => n.Item1 == r)))
            {
                if (hasExtra && extra.ValueKind == JsonValueKind.False)
                {
                    throw GuideNotSupported.Because($"the required property '{name}', which 'additionalProperties' excludes: nothing satisfies that", where);
                }

                named.Add((name, hasExtra ? extra : any, true));
            }

            var extras = ExtraKeys(named, hasPatterns ? patterns : null, nameDfa, where, out var remaining);
            var isOpen = hasExtra ? extra.ValueKind != JsonValueKind.False : named.Count == 0 && !hasProperties && !hasPatterns;
            if (isOpen && !remaining.AcceptsNothing)
            {
                extras.Add((remaining, hasExtra ? extra : any));
            }

            var (min, max) = (Count(schema, "minProperties", where), MaxCountOf(schema, "maxProperties", where));
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

    private JsonElement AnySchema { get; } = JsonDocument.Parse("true").RootElement.Clone();

    private static List<(Dfa Keys, JsonElement Schema)> ExtraKeys(List<(string Name, JsonElement, bool)> named, JsonElement? patterns, Dfa names, string where, out Dfa remaining)
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

        RefuseNotEnforced(schema, where);
        if (schema.TryGetProperty("enum", out var values))
        {
            return Dfa.FromRegex(new RegexAlternation([.. values.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => RegexNode.Literal(v.GetString()!))]), where);
        }

        return StringDfa(schema, where) ?? Dfa.AnyText;
    }

    /// <summary>The grammar of one object: properties in order, each a choice between writing and skipping it.</summary>
    private sealed class ObjectGrammar(JsonSchemaCompiler compiler, ObjectShape shape, string where, int next)
    {
        private readonly Dictionary<(int Index, int Count), int> _nodes = [];

        // Counting stops where it makes no more difference.
        private readonly int _cap = Math.Max(1, Math.Max(shape.Min, shape.Max ?? 0));

        public int Start()
        {
            var first = From(0, 0);
            return first == Dead ? Dead : compiler.Grammar.Literal("{", first);
        }

        private int From(int index, int count)
        {
            if (_nodes.TryGetValue((index, count), out var known))
            {
                return known;
            }

            return index == shape.Properties.Count ? Extras(index, count) : Property(index, count);
        }

        private int Property(int index, int count)
        {
            var (name, schema, required) = shape.Properties[index];
            var options = new List<int>();
            if (shape.Max is null || count < shape.Max)
            {
                var after = From(index + 1, Math.Min(count + 1, _cap));
                if (after != Dead)
                {
                    var value = compiler.SchemaRule(schema, $"{where}/properties/{name}", after);
                    options.Add(compiler.Grammar.Literal($"{Separator(count)}{CanonicalJson.Write(name)}{JsonGrammar.KeySeparator}", value));
                }
            }

            if (!required && From(index + 1, count) is var skipped && skipped != Dead)
            {
                options.Add(skipped);
            }

            return _nodes[(index, count)] = options.Count == 0 ? Dead : compiler.Grammar.Choice([.. options]);
        }

        private int Extras(int index, int count)
        {
            var canClose = count >= shape.Min;
            var canGoOn = shape.Extras.Count > 0 && (shape.Max is null || count < shape.Max);
            if (!canClose && !canGoOn)
            {
                return _nodes[(index, count)] = Dead;
            }

            var node = _nodes[(index, count)] = compiler.Grammar.AddNode();
            if (canClose)
            {
                compiler.Grammar.AddEpsilon(node, compiler.Grammar.Literal("}", next));
            }

            if (canGoOn)
            {
                var after = From(index, Math.Min(count + 1, _cap));
                foreach (var (keys, schema) in shape.Extras)
                {
                    var value = compiler.Grammar.Literal(JsonGrammar.KeySeparator, compiler.SchemaRule(schema, $"{where}/additionalProperties", after));
                    var key = compiler._json.String(keys, value);
                    compiler.Grammar.AddEpsilon(node, compiler.Grammar.Literal(Separator(count), key));
                }
            }

            return node;
        }

        private static string Separator(int count) => count == 0 ? string.Empty : JsonGrammar.ItemSeparator;
    }
}

using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

internal sealed partial class JsonSchemaCompiler
{
    private int ArraySchema(JsonElement schema, string where, int next)
    {
        var prefix = new List<JsonElement>();
        JsonElement? rest = AnySchema;
        if (schema.TryGetProperty("prefixItems", out var items))
        {
            prefix.AddRange(Members(items, "prefixItems", where).Select(m => m.Member));
        }

        if (schema.TryGetProperty("items", out items))
        {
            // Before 2020-12 a list of schemas stood under "items", and "additionalItems" spoke of the rest.
            if (items.ValueKind == JsonValueKind.Array)
            {
                prefix.AddRange(items.EnumerateArray());
                rest = schema.TryGetProperty("additionalItems", out var additional) ? additional : rest;
            }
            else
            {
                rest = items;
            }
        }

        rest = rest is { ValueKind: JsonValueKind.False } ? null : rest;
        var (min, max) = (Count(schema, "minItems", where), MaxCountOf(schema, "maxItems", where));
        if (prefix.Count == 0 && rest is { ValueKind: JsonValueKind.True } && min == 0 && max is null)
        {
            return _json.Array(next);
        }

        var limit = rest is null ? Math.Min(max ?? prefix.Count, prefix.Count) : max;
        if (limit < min)
        {
            return Grammar.Nothing();
        }

        // Position k, back to front: k items are written. The last position repeats itself if there is no limit.
        var last = limit ?? Math.Max(Math.Max(min, prefix.Count), 1);
        var close = Grammar.Literal("]", next);
        var following = Grammar.AddNode();
        Grammar.AddEpsilon(following, close);
        if (limit is null)
        {
            Grammar.AddEpsilon(following, Grammar.Literal(JsonGrammar.ItemSeparator, SchemaRule(rest!.Value, $"{where}/items", following)));
        }

        for (var k = last - 1; k >= 0; k--)
        {
            var item = SchemaRule(k < prefix.Count ? prefix[k] : rest!.Value, k < prefix.Count ? $"{where}/prefixItems/{k}" : $"{where}/items", following);
            item = k == 0 ? item : Grammar.Literal(JsonGrammar.ItemSeparator, item);
            following = k >= min ? Grammar.Choice(close, item) : item;
        }

        return Grammar.Literal("[", following);
    }
}

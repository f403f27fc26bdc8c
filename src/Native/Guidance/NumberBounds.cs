using System.Globalization;
using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

/// <summary>Lower and upper bound of a number; null is none.</summary>
internal readonly record struct NumberBounds(decimal? Min, bool MinExcluded, decimal? Max, bool MaxExcluded)
{
    public bool IsFree => Min is null && Max is null;

    public static NumberBounds Read(JsonElement schema, string where)
    {
        var (min, minExcluded) = Bound(schema, "minimum", "exclusiveMinimum", (a, b) => a >= b, where);
        var (max, maxExcluded) = Bound(schema, "maximum", "exclusiveMaximum", (a, b) => a <= b, where);
        return new NumberBounds(min, minExcluded, max, maxExcluded);
    }

    private static (decimal? Value, bool Excluded) Bound(JsonElement schema, string keyword, string exclusiveKeyword, Func<decimal, decimal, bool> isTighter, string where)
    {
        var bound = schema.TryGetProperty(keyword, out var value) ? Number(value, keyword, where) : (decimal?)null;
        if (!schema.TryGetProperty(exclusiveKeyword, out var exclusive) || exclusive.ValueKind == JsonValueKind.False)
        {
            return (bound, false);
        }

        // Draft 4 has a boolean beside the bound, later drafts a bound of its own.
        if (exclusive.ValueKind == JsonValueKind.True)
        {
            return (bound, bound is not null);
        }

        var other = Number(exclusive, exclusiveKeyword, where);
        return bound is null || isTighter(other, bound.Value) ? (other, true) : (bound, false);
    }

    private static decimal Number(JsonElement value, string keyword, string where) =>
        value.ValueKind == JsonValueKind.Number && decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw GuideNotSupported.Because($"a '{keyword}' that is no number of up to 28 digits", where);
}

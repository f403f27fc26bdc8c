using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

internal sealed partial class JsonSchemaCompiler
{
    private const int MaxDivisor = 1024;
    private const int MaxDecimals = 6;

    private int IntegerSchema(JsonElement schema, string where, int next)
    {
        var bounds = NumberBounds.Read(schema, where);
        var step = Step(schema, where);
        if (bounds.IsFree && step is null)
        {
            return _json.Integer(next);
        }

        return Number(Dfa.FromRegex(DecimalRange.Integers(bounds), where), step, where, next);
    }

    private int NumberSchema(JsonElement schema, string where, int next)
    {
        var bounds = NumberBounds.Read(schema, where);
        var step = Step(schema, where);
        return bounds.IsFree && step is null
            ? _json.Number(next)
            : Number(Dfa.FromRegex(DecimalRange.Decimals(bounds, JsonGrammar.MaxDigits), where), step, where, next);
    }

    private int Number(Dfa numbers, (int Divisor, int Decimals)? step, string where, int next)
    {
        if (step is var (divisor, decimals))
        {
            numbers = numbers.Intersect(Dfa.MultiplesOf(divisor, decimals), where);
        }

        return numbers.AcceptsNothing ? Grammar.Nothing() : Grammar.Text(numbers, next);
    }

    // "multipleOf" as divisor / 10^decimals; null if there is none.
    private static (int Divisor, int Decimals)? Step(JsonElement schema, string where)
    {
        if (!schema.TryGetProperty("multipleOf", out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var divisor) && divisor > 0)
        {
            for (var decimals = 0; decimals <= MaxDecimals; decimals++, divisor *= 10)
            {
                if (decimal.Truncate(divisor) == divisor && divisor <= MaxDivisor)
                {
                    return ((int)divisor, decimals);
                }
            }
        }

        throw GuideNotSupported.Because($"the 'multipleOf' {value.GetRawText()}; at most {MaxDecimals} decimals and digits up to {MaxDivisor} are known", where);
    }
}

using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

internal sealed partial class JsonSchemaCompiler
{
    private const int MaxDivisor = 1024;

    private int IntegerSchema(JsonElement schema, string where, int next)
    {
        var bounds = NumberBounds.Read(schema, where);
        var divisor = Divisor(schema, where, out var decimals);
        if (bounds.IsFree && divisor is null)
        {
            return _json.Integer(next);
        }

        var dfa = Dfa.FromRegex(DecimalRange.Integers(bounds), where);
        if (divisor > 1 && decimals is null)
        {
            dfa = dfa.Intersect(Dfa.MultiplesOf(divisor.Value), where);
        }

        return dfa.AcceptsNothing ? Grammar.Nothing() : Grammar.Text(dfa, next);
    }

    private int NumberSchema(JsonElement schema, string where, int next)
    {
        var bounds = NumberBounds.Read(schema, where);
        var divisor = Divisor(schema, where, out var decimals);
        if (divisor is not null && decimals is null)
        {
            return IntegerSchema(schema, where, next);
        }

        if (bounds.IsFree && decimals is null)
        {
            return _json.Number(next);
        }

        var maxDecimals = decimals ?? JsonGrammar.MaxDigits;
        var shape = RegexParser.Parse($"-?[0-9]+(\\.[0-9]{{1,{maxDecimals}}})?", search: false);
        var dfa = Dfa.FromRegex(DecimalRange.Decimals(bounds, maxDecimals), where).Intersect(Dfa.FromRegex(shape, where), where);
        return dfa.AcceptsNothing ? Grammar.Nothing() : Grammar.Text(dfa, next);
    }

    // A whole number, or a power of ten below one: then `decimals` says how many digits may stand behind the point.
    private static int? Divisor(JsonElement schema, string where, out int? decimals)
    {
        decimals = null;
        if (!schema.TryGetProperty("multipleOf", out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var divisor) && divisor > 0)
        {
            if (decimal.Truncate(divisor) == divisor && divisor <= MaxDivisor)
            {
                return (int)divisor;
            }

            for (var digits = 1; digits <= JsonGrammar.MaxDigits; digits++)
            {
                divisor *= 10;
                if (divisor == 1)
                {
                    decimals = digits;
                    return 1;
                }
            }
        }

        throw GuideNotSupported.Because($"the 'multipleOf' {value.GetRawText()}; whole numbers up to {MaxDivisor} and powers of ten below one are known", where);
    }
}

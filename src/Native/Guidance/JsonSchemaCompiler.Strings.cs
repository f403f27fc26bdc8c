using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

internal sealed partial class JsonSchemaCompiler
{
    private const string HexQuad = "[0-9a-f]{1,4}";
    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Day = "(0[1-9]|1[0-9]|2[0-8])";
    private const string Clock = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private const string Label = "[A-Za-z0-9]{1,20}(-[A-Za-z0-9]{1,20})?";

    // Dates stop at the 28th except where the month has more: no calendar is needed to be right.
    private const string Date = "[1-9][0-9]{3}-((0[1-9]|1[0-2])-" + Day + "|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)";

    private static string? FormatPattern(string format) => format switch
    {
        "date" => Date,
        "time" => Clock,
        "date-time" => Date + "T" + Clock,
        "duration" => "P([0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,4}D|[0-9]{1,4}W|T([0-9]{1,4}H([0-9]{1,4}M)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S))",
        "email" or "idn-email" => "[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,16}){0,2}@(" + Label + "\\.){1,3}[A-Za-z]{2,12}",
        "hostname" or "idn-hostname" => Label + "(\\." + Label + "){0,3}",
        "ipv4" => Octet + "(\\." + Octet + "){3}",
        "ipv6" => "(" + HexQuad + ":){7}" + HexQuad,
        "uuid" => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "uri" or "iri" or "uri-template" => "[A-Za-z][A-Za-z0-9+]{1,9}://" + Label + "(\\." + Label + "){0,3}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~/-]{0,120})?(\\?[A-Za-z0-9_=&-]{1,80})?",
        "uri-reference" or "iri-reference" => "(/[A-Za-z0-9._~-]+)+/?",
        "json-pointer" => "(/([^/~]|~[01])*)*",
        "relative-json-pointer" => "(0|[1-9][0-9]{0,9})(#|(/([^/~]|~[01])*)*)",
        "regex" => "[A-Za-z0-9 _-]*",
        _ => null,
    };

    private int StringSchema(JsonElement schema, string where, int next) =>
        StringDfa(schema, where) is not { } dfa ? _json.String(next)
        : dfa.AcceptsNothing ? Grammar.Nothing()
        : _json.String(dfa, next);

    /// <summary>The content of a string as the schema restricts it; null if it does not.</summary>
    private static Dfa? StringDfa(JsonElement schema, string where)
    {
        Dfa? result = null;
        void Restrict(Dfa dfa) => result = result?.Intersect(dfa, where) ?? dfa;

        if (schema.TryGetProperty("pattern", out var pattern))
        {
            var text = pattern.ValueKind == JsonValueKind.String ? pattern.GetString()! : throw GuideNotSupported.Because("a 'pattern' that is no string", where);
            Restrict(Dfa.FromRegex(RegexParser.Parse(text, search: true), where));
        }

        // Formats beyond these are annotations.
        if (schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && FormatPattern(format.GetString()!) is { } formatPattern)
        {
            Restrict(Dfa.FromRegex(RegexParser.Parse(formatPattern, search: false), where));
        }

        var (min, max) = (Count(schema, "minLength", where), MaxCountOf(schema, "maxLength", where));
        if (min > 0 || max is not null)
        {
            Restrict(max < min ? Dfa.Nothing : Dfa.OfLength(min, max));
        }

        return result;
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlamaFp4.Native.Guidance;

/// <summary>Writes JSON in the one spelling the grammar generates: Python's <c>json.dumps(value, ensure_ascii=False)</c>, numbers with their own digits.</summary>
internal static class CanonicalJson
{
    public static string Write(JsonElement value)
    {
        var output = new StringBuilder();
        Append(output, value);
        return output.ToString();
    }

    public static string Write(string text)
    {
        var output = new StringBuilder();
        AppendString(output, text);
        return output.ToString();
    }

    public static void AppendEscaped(StringBuilder output, char c)
    {
        switch (c)
        {
            case '"': output.Append("\\\""); break;
            case '\\': output.Append("\\\\"); break;
            case '\n': output.Append("\\n"); break;
            case '\r': output.Append("\\r"); break;
            case '\t': output.Append("\\t"); break;
            case '\b': output.Append("\\b"); break;
            case '\f': output.Append("\\f"); break;
            case < ' ': output.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
            default: output.Append(c); break;
        }
    }

    private static void AppendString(StringBuilder output, string text)
    {
        output.Append('"');
        foreach (var c in text)
        {
            AppendEscaped(output, c);
        }

        output.Append('"');
    }

    private static void Append(StringBuilder output, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                output.Append('{');
                var first = true;
                foreach (var property in value.EnumerateObject())
                {
                    output.Append(first ? string.Empty : JsonGrammar.ItemSeparator);
                    AppendString(output, property.Name);
                    output.Append(JsonGrammar.KeySeparator);
                    Append(output, property.Value);
                    first = false;
                }

                output.Append('}');
                break;
            case JsonValueKind.Array:
                output.Append('[');
                for (var i = 0; i < value.GetArrayLength(); i++)
                {
                    output.Append(i == 0 ? string.Empty : JsonGrammar.ItemSeparator);
                    Append(output, value[i]);
                }

                output.Append(']');
                break;
            case JsonValueKind.String:
                AppendString(output, value.GetString()!);
                break;
            default:
                output.Append(value.GetRawText());
                break;
        }
    }
}

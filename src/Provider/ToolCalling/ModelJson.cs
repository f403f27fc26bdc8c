using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlamaFp4.Provider.ToolCalling;

/// <summary>Text of a model as JSON.</summary>
internal static class ModelJson
{
    public static readonly JsonElement EmptyObject = JsonElement.Parse("{}"u8);

    /// <summary>Whether the text is one complete JSON value. Halves of surrogate pairs become U+FFFD.</summary>
    public static bool TryParse(string text, out JsonElement value)
    {
        // System.Text.Json parses "\ud83e" but throws when the string is read.
        var readable = text.Contains("\\ud", StringComparison.OrdinalIgnoreCase) ? ReplaceLoneSurrogates(text) : text;
        try
        {
            value = JsonElement.Parse(Encoding.UTF8.GetBytes(readable));
            return true;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }

    /// <summary>An object with one string property.</summary>
    public static JsonElement ObjectOf(string name, string value)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(json.ToArray());
    }

    private static string ReplaceLoneSurrogates(ReadOnlySpan<char> text)
    {
        StringBuilder result = new(text.Length);
        while (text.Length > 0)
        {
            var length = text[0] == '\\' ? Math.Min(2, text.Length) : 1;
            if (TryReadUnicodeEscape(text, out var unit))
            {
                length = 6;
                if (char.IsHighSurrogate(unit) && TryReadUnicodeEscape(text[6..], out var next) && char.IsLowSurrogate(next))
                {
                    length = 12;
                }
                else if (char.IsSurrogate(unit))
                {
                    result.Append("\\ufffd");
                    text = text[6..];
                    continue;
                }
            }

            result.Append(text[..length]);
            text = text[length..];
        }

        return result.ToString();
    }

    private static bool TryReadUnicodeEscape(ReadOnlySpan<char> text, out char unit)
    {
        unit = default;
        if (text.Length < 6 || text[0] != '\\' || text[1] != 'u'
            || !ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}

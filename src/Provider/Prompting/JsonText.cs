using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Text of JSON strings, lone surrogates included: <see cref="JsonElement.GetString"/> throws on those.</summary>
internal static class JsonText
{
    public static string Read(JsonElement text) => Unescape(JsonMarshal.GetRawUtf8Value(text)[1..^1]);

    public static string ReadName(JsonProperty member) => Unescape(JsonMarshal.GetRawUtf8PropertyName(member));

    /// <summary>Text of the inside of a valid JSON string.</summary>
    public static string Unescape(ReadOnlySpan<byte> escapedUtf8)
    {
        string escaped = Encoding.UTF8.GetString(escapedUtf8);
        int next = escaped.IndexOf('\\');
        if (next < 0)
        {
            return escaped;
        }

        var text = new StringBuilder(escaped.Length);
        int start = 0;
        for (; next >= 0; next = escaped.IndexOf('\\', start))
        {
            text.Append(escaped, start, next - start);
            bool isHex = escaped[next + 1] == 'u';
            text.Append(isHex ? Hex(escaped.AsSpan(next + 2, 4)) : Short(escaped[next + 1]));
            start = next + (isHex ? 6 : 2);
        }

        return text.Append(escaped, start, escaped.Length - start).ToString();
    }

    /// <summary>Reads a text that is one JSON object or array.</summary>
    public static bool TryParseContainer(string text, out JsonElement container)
    {
        container = default;
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return false;
        }

        try
        {
            // By way of bytes: the parser refuses strings with lone surrogates, the encoder replaces them.
            container = JsonElement.Parse(Encoding.UTF8.GetBytes(text));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static char Hex(ReadOnlySpan<char> digits) => (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static char Short(char escape) => escape switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\b',
        'f' => '\f',
        _ => escape,
    };
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace LlamaFp4.Provider.ToolCalling;

/// <summary>The arguments of Meta's built-in form, <c>NAME.call(key="value", …)</c>.</summary>
internal static class BuiltInCall
{
    /// <summary>What stands between a tool's name and its first argument.</summary>
    public const string Opening = ".call(";

    private static readonly SearchValues<char> KeyCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>Reads the text behind the opening parenthesis.</summary>
    /// <param name="text">Arguments, closing parenthesis, and whatever follows.</param>
    /// <param name="isComplete">Whether the text ends where the model wanted it to end, so that its last quote may close the argument.</param>
    /// <param name="arguments">The arguments as an object.</param>
    /// <param name="length">Characters up to and with the closing parenthesis.</param>
    public static bool TryReadArguments(string text, bool isComplete, out JsonElement arguments, out int length) =>
        TryReadList(text, out arguments, out length) || (isComplete && TryReadUnescaped(text, out arguments, out length));

    private static bool TryReadList(string text, out JsonElement arguments, out int length)
    {
        arguments = default;
        length = 0;
        ArrayBufferWriter<byte> json = new();
        using Utf8JsonWriter writer = new(json);
        writer.WriteStartObject();

        var position = SkipWhiteSpace(text, 0);
        var isFirst = true;
        while (position < text.Length && text[position] != ')')
        {
            if (!isFirst && !TrySkip(text, ',', ref position))
            {
                return false;
            }

            if (!TryReadKey(text, ref position, out var key) || !TryReadValue(text, ref position, out var value))
            {
                return false;
            }

            writer.WritePropertyName(key);
            value.WriteTo(writer);
            isFirst = false;
            position = SkipWhiteSpace(text, position);
        }

        if (position >= text.Length)
        {
            return false;
        }

        writer.WriteEndObject();
        writer.Flush();
        arguments = JsonElement.Parse(json.WrittenSpan);
        length = position + 1;
        return true;
    }

    /// <summary>One argument whose text holds its own kind of quote, as in <c>code="print("hi")")</c>: up to the last <c>")</c>.</summary>
    private static bool TryReadUnescaped(string text, out JsonElement arguments, out int length)
    {
        arguments = default;
        length = 0;
        var position = 0;
        if (!TryReadKey(text, ref position, out var key) || position >= text.Length || text[position] is not ('"' or '\''))
        {
            return false;
        }

        var end = text.LastIndexOf($"{text[position]})", StringComparison.Ordinal);
        if (end <= position)
        {
            return false;
        }

        arguments = ModelJson.ObjectOf(key, text[(position + 1)..end]);
        length = end + 2;
        return true;
    }

    private static bool TryReadKey(string text, ref int position, [NotNullWhen(true)] out string? key)
    {
        var start = SkipWhiteSpace(text, position);
        var rest = text.AsSpan(start);
        var length = rest.IndexOfAnyExcept(KeyCharacters);
        key = length > 0 ? rest[..length].ToString() : null;
        position = start + Math.Max(length, 0);
        if (key is null || !TrySkip(text, '=', ref position))
        {
            return false;
        }

        position = SkipWhiteSpace(text, position);
        return true;
    }

    private static bool TryReadValue(string text, ref int position, out JsonElement value)
    {
        value = default;
        if (position >= text.Length)
        {
            return false;
        }

        return text[position] switch
        {
            '"' or '\'' => TryReadString(text, ref position, out value),
            '{' or '[' => TryReadContainer(text, ref position, out value),
            _ => TryReadScalar(text, ref position, out value),
        };
    }

    private static bool TryReadString(string text, ref int position, out JsonElement value)
    {
        var quote = text[position++];
        StringBuilder content = new();
        while (position < text.Length && text[position] != quote)
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
                content.Append(Unescape(text[position++]));
            }
            else
            {
                content.Append(text[position++]);
            }
        }

        var isClosed = position++ < text.Length;
        value = isClosed ? ModelJson.ObjectOf("value", content.ToString()).GetProperty("value") : default;
        return isClosed;
    }

    private static string Unescape(char c) => c switch
    {
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        '"' or '\'' or '\\' => c.ToString(),
        _ => $"\\{c}",
    };

    private static bool TryReadContainer(string text, ref int position, out JsonElement value)
    {
        value = default;
        JsonScanner scanner = new();
        for (var i = position; i < text.Length; i++)
        {
            switch (scanner.Append(text[i]))
            {
                case JsonEvent.Malformed:
                    return false;
                case JsonEvent.Ended:
                    var container = text[position..(i + 1)];
                    position = i + 1;
                    return ModelJson.TryParse(container, out value);
            }
        }

        return false;
    }

    private static bool TryReadScalar(string text, ref int position, out JsonElement value)
    {
        value = default;
        var length = text.AsSpan(position).IndexOfAny(',', ')');
        if (length < 0)
        {
            return false;
        }

        var scalar = text.Substring(position, length).Trim();
        position += length;
        return ModelJson.TryParse(scalar switch { "True" => "true", "False" => "false", "None" => "null", _ => scalar }, out value);
    }

    private static bool TrySkip(string text, char expected, ref int position)
    {
        position = SkipWhiteSpace(text, position);
        return position < text.Length && text[position++] == expected;
    }

    private static int SkipWhiteSpace(string text, int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
        {
            position++;
        }

        return position;
    }
}

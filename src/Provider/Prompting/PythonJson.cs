using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlamaFp4.Provider.Prompting;

/// <summary>JSON as Python's <c>json.dumps(value, ensure_ascii=False)</c> writes it, plain or with an indentation of 4.</summary>
/// <remarks>
/// No .NET encoder leaves U+007F, U+2028 or characters beyond the BMP unescaped, and none prints floats as Python does.
/// Numbers that arrive as JSON keep their digits, and so do decimals.
/// </remarks>
internal sealed class PythonJson
{
    // A dictionary that contains itself must end in an exception, not in a stack overflow.
    private const int MaxDepth = 256;

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F" +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F");

    private readonly IBufferWriter<char> _output;
    private readonly bool _indented;
    private int _depth;

    private PythonJson(IBufferWriter<char> output, bool indented)
    {
        _output = output;
        _indented = indented;
    }

    public static void Write(IBufferWriter<char> output, object? value, bool indented = false) =>
        new PythonJson(output, indented).WriteValue(value);

    private void WriteValue(object? value)
    {
        switch (PythonValue.Of(value))
        {
            case null:
                _output.Write("null");
                break;
            case string text:
                WriteString(text);
                break;
            case bool flag:
                _output.Write(flag ? "true" : "false");
                break;
            case double number:
                PythonFloat.Write(_output, number);
                break;
            case float number:
                PythonFloat.Write(_output, number);
                break;
            case JsonElement element:
                WriteElement(element);
                break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                WriteObject(members);
                break;
            case IEnumerable items:
                WriteArray(items);
                break;
            case IFormattable number:
                _output.Write(number.ToString(null, CultureInfo.InvariantCulture));
                break;
        }
    }

    private void WriteObject(IEnumerable<KeyValuePair<string, object?>> members)
    {
        bool empty = true;
        Open('{');
        foreach (var (name, value) in members)
        {
            BeginItem(ref empty);
            WriteString(name);
            _output.Write(": ");
            WriteValue(value);
        }

        Close('}', empty);
    }

    private void WriteArray(IEnumerable items)
    {
        bool empty = true;
        Open('[');
        foreach (object? item in items)
        {
            BeginItem(ref empty);
            WriteValue(item);
        }

        Close(']', empty);
    }

    private void WriteElement(JsonElement element)
    {
        bool empty = true;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Open('{');
                foreach (var member in element.EnumerateObject())
                {
                    BeginItem(ref empty);
                    WriteQuoted(JsonMarshal.GetRawUtf8PropertyName(member));
                    _output.Write(": ");
                    WriteElement(member.Value);
                }

                Close('}', empty);
                break;
            case JsonValueKind.Array:
                Open('[');
                foreach (var item in element.EnumerateArray())
                {
                    BeginItem(ref empty);
                    WriteElement(item);
                }

                Close(']', empty);
                break;
            case JsonValueKind.String:
                WriteQuoted(JsonMarshal.GetRawUtf8Value(element)[1..^1]);
                break;
            case JsonValueKind.Undefined:
                _output.Write("null");
                break;
            default:
                Encoding.UTF8.GetChars(JsonMarshal.GetRawUtf8Value(element), _output);
                break;
        }
    }

    /// <summary>Writes the inside of a JSON string; without a backslash it is already as Python writes it.</summary>
    private void WriteQuoted(ReadOnlySpan<byte> escapedUtf8)
    {
        if (escapedUtf8.Contains((byte)'\\'))
        {
            WriteString(JsonText.Unescape(escapedUtf8));
            return;
        }

        _output.Write("\"");
        Encoding.UTF8.GetChars(escapedUtf8, _output);
        _output.Write("\"");
    }

    private void WriteString(ReadOnlySpan<char> text)
    {
        _output.Write("\"");
        for (int next; (next = text.IndexOfAny(Escaped)) >= 0; text = text[(next + 1)..])
        {
            _output.Write(text[..next]);
            WriteEscaped(text[next]);
        }

        _output.Write(text);
        _output.Write("\"");
    }

    private void WriteEscaped(char c) => _output.Write(c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ => $"\\u{(int)c:x4}",
    });

    private void Open(char bracket)
    {
        if (++_depth > MaxDepth)
        {
            throw new ArgumentException($"A value is nested more than {MaxDepth} levels deep, or contains itself.");
        }

        _output.Write([bracket]);
    }

    private void BeginItem(ref bool empty)
    {
        if (!empty)
        {
            _output.Write(_indented ? "," : ", ");
        }

        empty = false;
        BreakLine();
    }

    private void Close(char bracket, bool empty)
    {
        _depth--;
        if (!empty)
        {
            BreakLine();
        }

        _output.Write([bracket]);
    }

    private void BreakLine()
    {
        if (!_indented)
        {
            return;
        }

        int width = _depth * 4;
        var line = _output.GetSpan(width + 1);
        line[0] = '\n';
        line[1..(width + 1)].Fill(' ');
        _output.Advance(width + 1);
    }
}

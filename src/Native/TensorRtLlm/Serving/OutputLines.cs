using System.Text;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Cuts a program's output into lines of bounded length. A carriage return ends a line too: progress bars are drawn with it.</summary>
internal static class OutputLines
{
    // A server that prints a tensor on one line must not fill our memory.
    private const int MaxLineLength = 4096;

    /// <summary>Reads until the stream ends, which is when every process that could write to it is gone.</summary>
    public static async Task ReadAsync(Stream output, Action<string> onLine)
    {
        using var reader = new StreamReader(output, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        var buffer = new char[MaxLineLength];
        var line = new StringBuilder();
        while (await reader.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            for (var rest = buffer.AsSpan(0, count); !rest.IsEmpty;)
            {
                var end = rest.IndexOfAny('\r', '\n');
                Append(line, end < 0 ? rest : rest[..end]);
                if (end >= 0)
                {
                    Deliver(line, onLine);
                }

                rest = end < 0 ? [] : rest[(end + 1)..];
            }
        }

        Deliver(line, onLine);
    }

    private static void Append(StringBuilder line, ReadOnlySpan<char> text) =>
        line.Append(text[..Math.Min(text.Length, MaxLineLength - line.Length)]);

    private static void Deliver(StringBuilder line, Action<string> onLine)
    {
        var text = line.ToString();
        line.Clear();
        if (!string.IsNullOrWhiteSpace(text))
        {
            onLine(text.TrimEnd());
        }
    }
}

namespace LlamaFp4.Provider.Prompting;

/// <summary>Text handling as in Python, the language of the template.</summary>
internal static class PythonText
{
    /// <summary>Python's <c>str.strip()</c>.</summary>
    public static ReadOnlySpan<char> Strip(string? text)
    {
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty && IsSpace(rest[0]))
        {
            rest = rest[1..];
        }

        while (!rest.IsEmpty && IsSpace(rest[^1]))
        {
            rest = rest[..^1];
        }

        return rest;
    }

    // The information separators U+001C to U+001F are white space to Python and not to .NET.
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';
}

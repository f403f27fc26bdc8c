using System.Reflection;

namespace LlamaFp4.Bench.Chat;

/// <summary>English and Markdown as people write it: this repository's own documentation.</summary>
internal static class RealText
{
    private const int MessageLength = 1_500;

    private static readonly string Documentation = ReadDocumentation();

    /// <summary>A text of this many characters.</summary>
    public static string Take(int length) => string.Concat(Enumerable.Repeat(Documentation, (length / Documentation.Length) + 1))[..length];

    /// <summary>Texts the size of a chat message, without end. None repeats an earlier one: each begins elsewhere in the documentation.</summary>
    public static IEnumerable<string> Messages()
    {
        var twice = Documentation + Documentation;
        for (var i = 0; ; i++)
        {
            yield return $"{i + 1}. {twice.Substring((int)(i * 1_009L % Documentation.Length), MessageLength)}";
        }
    }

    private static string ReadDocumentation()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return string.Concat(assembly.GetManifestResourceNames().Order(StringComparer.Ordinal).Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }));
    }
}

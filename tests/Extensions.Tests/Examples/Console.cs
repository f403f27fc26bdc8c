using System.Text;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>Stands in for the real console in the examples, so that their code is that of the documentation and a test can read what they print.</summary>
internal static class Console
{
    private static readonly AsyncLocal<StringBuilder?> PrintedByTest = new();

    /// <summary>What the running test has printed.</summary>
    public static string Printed => Writer.ToString();

    private static StringBuilder Writer => PrintedByTest.Value ??= new StringBuilder();

    public static void Write(object? value) => Writer.Append(value);

    public static void WriteLine(object? value) => Writer.Append(value).AppendLine();
}

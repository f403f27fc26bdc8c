using System.Text.RegularExpressions;

namespace LlamaFp4.Tests.Shared;

/// <summary>The C# in a Markdown page.</summary>
internal static partial class MarkdownSnippets
{
    public static IReadOnlyList<string> CSharp(string markdown) => [.. Fence().Matches(markdown).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}

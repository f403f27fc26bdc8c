using System.Text.RegularExpressions;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>C# in the documentation is code that a test here compiles.</summary>
public partial class DocumentationTests
{
    private static readonly string[] Folders = ["docs", "src", "models", "samples", "tools"];

    /// <summary>Every page that shows C#.</summary>
    public static TheoryData<string> Pages =>
    [
        "README.md",
        .. from folder in Folders
           from page in Directory.EnumerateFiles(RepositoryFiles.PathOf(folder), "*.md", SearchOption.AllDirectories)
           where Opening().IsMatch(File.ReadAllText(page))
           select Path.GetRelativePath(RepositoryFiles.PathOf("."), page),
    ];

    [Fact]
    public void Pages_are_found() => Assert.True(Pages.Count > 15, $"Only {Pages.Count} pages show C#.");

    [Theory]
    [MemberData(nameof(Pages))]
    public void No_snippet_is_passed_over(string page)
    {
        var text = File.ReadAllText(RepositoryFiles.PathOf(page));

        Assert.Equal(Opening().Count(text), MarkdownSnippets.CSharp(text).Count);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_snippet_stands_in_a_compiled_example(string page)
    {
        var examples = string.Concat(
            Directory.EnumerateFiles(RepositoryFiles.PathOf("tests", "Extensions.Tests", "Examples"), "*.cs").Select(path => WithoutSpace(File.ReadAllText(path))));

        var snippets = MarkdownSnippets.CSharp(File.ReadAllText(RepositoryFiles.PathOf(page)));

        Assert.All(snippets, snippet => Assert.All(Parts(snippet), part => Assert.Contains(WithoutSpace(part), examples, StringComparison.Ordinal)));
    }

    /// <summary>An example may have other lines where the document has an empty one: types stand after the code that uses them.</summary>
    private static IEnumerable<string> Parts(string snippet) =>
        snippet.Split("\n\n").Where(part => !UsingDirective().IsMatch(part));

    private static string WithoutSpace(string text) => Space().Replace(text, "");

    /// <summary>A fence of C#, in every spelling that pages elsewhere use.</summary>
    [GeneratedRegex(@"^[ \t>]*(`{3,}|~{3,})[ \t]*(csharp\b|cs\b|c\#)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Opening();

    [GeneratedRegex(@"^using [\w.]+;")]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"\s")]
    private static partial Regex Space();
}

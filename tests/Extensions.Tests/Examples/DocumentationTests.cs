using System.Text.RegularExpressions;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>C# in the documentation is code that a test here compiles.</summary>
public partial class DocumentationTests
{
    [Theory]
    [InlineData("README.md", 1)]
    [InlineData("models/pocket/PACKAGE.md", 1)]
    [InlineData("src/Extensions.SemanticKernel/PACKAGE.md", 1)]
    [InlineData("src/Extensions/PACKAGE.md", 1)]
    [InlineData("src/Native/PACKAGE.md", 1)]
    [InlineData("src/Provider/PACKAGE.md", 1)]
    [InlineData("docs/agent-framework.md", 7)]
    [InlineData("docs/getting-started.md", 4)]
    [InlineData("docs/hosting.md", 5)]
    [InlineData("docs/migration.md", 1)]
    [InlineData("docs/semantic-kernel.md", 9)]
    [InlineData("docs/sessions.md", 1)]
    [InlineData("docs/structured-output.md", 5)]
    [InlineData("docs/telemetry.md", 1)]
    [InlineData("docs/tools.md", 7)]
    public void Every_snippet_stands_in_a_compiled_example(string document, int expectedSnippets)
    {
        var examples = string.Concat(Directory.EnumerateFiles(InOutput("Examples"), "*.cs").Select(path => WithoutSpace(File.ReadAllText(path))));

        var snippets = MarkdownSnippets.CSharp(File.ReadAllText(InOutput(document)));

        Assert.Equal(expectedSnippets, snippets.Count);
        Assert.All(snippets, snippet => Assert.All(Parts(snippet), part => Assert.Contains(WithoutSpace(part), examples, StringComparison.Ordinal)));
    }

    /// <summary>An example may have other lines where the document has an empty one: types stand after the code that uses them.</summary>
    private static IEnumerable<string> Parts(string snippet) =>
        snippet.Split("\n\n").Where(part => !UsingDirective().IsMatch(part));

    private static string InOutput(string path) => Path.Combine(AppContext.BaseDirectory, path);

    private static string WithoutSpace(string text) => Space().Replace(text, "");

    [GeneratedRegex(@"^using [\w.]+;")]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"\s")]
    private static partial Regex Space();
}

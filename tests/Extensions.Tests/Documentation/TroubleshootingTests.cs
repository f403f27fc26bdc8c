using System.Text.RegularExpressions;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Extensions.Tests.Documentation;

public partial class TroubleshootingTests
{
    /// <summary>The first cell of a row quotes a message; what stands between two gaps (…) is literal text of the code.</summary>
    [Fact]
    public void Every_quoted_message_is_one_of_the_code()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryFiles.PathOf("docs"), "troubleshooting.md"));
        var code = string.Concat(Directory.EnumerateFiles(RepositoryFiles.PathOf("src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        var quotes = MessageRow().Matches(page).SelectMany(row => Quote().Matches(row.Groups[1].Value)).Select(quote => quote.Groups[1].Value).ToList();

        Assert.True(quotes.Count > 40, $"Only {quotes.Count} messages were found.");
        Assert.All(quotes, quote => Assert.All(quote.Split('…'), part => Assert.Contains(part.Trim(), code, StringComparison.Ordinal)));
    }

    // Tables of messages have three columns.
    [GeneratedRegex(@"^\| ([^|]*`[^|]*) \|[^|]*\|[^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex MessageRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quote();
}

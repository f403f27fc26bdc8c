using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Extensions.Tests.Documentation;

public class ConfigurationReferenceTests
{
    private const string Update = "LLAMAFP4_UPDATE_DOCS";

    [Fact]
    public async Task Page_SaysWhatTheCommentsSay()
    {
        var page = Path.Combine(RepositoryFiles.PathOf("docs"), "configuration.md");
        var expected = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            await File.WriteAllTextAsync(page, expected, TestContext.Current.CancellationToken);
        }

        var actual = File.Exists(page) ? await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken) : "";

        Assert.True(expected == actual.ReplaceLineEndings("\n"), $"docs/configuration.md is out of date: run this test with {Update}=1 to write it anew.");
    }
}

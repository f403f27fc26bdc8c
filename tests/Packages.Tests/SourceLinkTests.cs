using System.Reflection.Metadata;
using System.Text;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Packages.Tests;

/// <summary>A debugger finds the sources of a package where its clone came from.</summary>
public class SourceLinkTests
{
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private static readonly string[] SmallestProject =
    [
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "packaging/icon.png",
        "models/pocket/LlamaFp4.PocketModel.csproj", "models/pocket/LlamaFp4.PocketModel.targets", "models/pocket/PocketCheckpoint.cs", "models/pocket/PACKAGE.md",
    ];

    [Fact]
    public async Task A_package_points_to_the_commit_and_the_host_of_the_clone_that_packed_it()
    {
        using var clone = new TemporaryFolder();
        foreach (var file in SmallestProject)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(clone[file])!);
            File.Copy(RepositoryFiles.PathOf(file), clone[file]);
        }

        Task<string> GitAsync(params string[] arguments) => Tool.RunAsync(clone.Path, "git", ["-c", "user.name=Test", "-c", "user.email=test@localhost", .. arguments]);
        await GitAsync("init", "--quiet");
        await GitAsync("remote", "add", "origin", "https://github.com/example/llamafp4.git");
        await GitAsync("add", ".");
        await GitAsync("commit", "--quiet", "--message", "Smallest of the packages");
        await Tool.RunAsync(clone.Path, "dotnet", ["pack", "models/pocket", "--output", "packed", "-p:ContinuousIntegrationBuild=true"]);
        var commit = (await GitAsync("rev-parse", "HEAD")).Trim();

        var package = Package.Open("LlamaFp4.PocketModel", clone["packed"]);

        Assert.Equal("https://github.com/example/llamafp4.git", package.Metadata("repository", "url"));
        Assert.Equal(commit, package.Metadata("repository", "commit"));
        Assert.Equal($$$"""{"documents":{"/_/*":"https://raw.githubusercontent.com/example/llamafp4/{{{commit}}}/*"}}""", SourceLinkOf(package.LibrarySymbols));
    }

    private static string SourceLinkOf(byte[] symbols)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols));
        var reader = provider.GetMetadataReader();
        var link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Single(information => reader.GetGuid(information.Kind) == SourceLink);
        return Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value));
    }
}

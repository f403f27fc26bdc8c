using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Packages.Tests;

/// <summary>Somebody without the repository adds a package and types what its page shows.</summary>
public class NewcomerTests
{
    [Theory]
    [InlineData("README.md", "Microsoft.Extensions.Hosting", "LlamaFp4.Extensions")]
    [InlineData("src/Extensions/PACKAGE.md", "Microsoft.Extensions.Hosting", "LlamaFp4.Extensions")]
    [InlineData("src/Extensions.SemanticKernel/PACKAGE.md", "Microsoft.SemanticKernel.Core", "LlamaFp4.Extensions.SemanticKernel")]
    public async Task The_program_of_the_page_builds_without_a_warning_and_answers(string page, params string[] packages)
    {
        var program = MarkdownSnippets.CSharp(await File.ReadAllTextAsync(RepositoryFiles.PathOf(page), TestContext.Current.CancellationToken))[0];
        using var home = new TemporaryFolder();
        await File.WriteAllTextAsync(home["nuget.config"], Sources, TestContext.Current.CancellationToken);
        (string, string)[] environment = [("NUGET_PACKAGES", home["packages"]), ("Logging__LogLevel__Default", "None")];
        Task<string> DotNetAsync(params string[] arguments) => Tool.RunAsync(home.Path, "dotnet", arguments, environment);

        await DotNetAsync("new", "console", "--output", "HelloLlama", "--no-restore");
        foreach (var package in packages)
        {
            await DotNetAsync("add", "HelloLlama", "package", package);
        }

        await File.WriteAllTextAsync(home["HelloLlama", "Program.cs"], program, TestContext.Current.CancellationToken);
        await DotNetAsync("build", "HelloLlama", "-warnaserror", "--output", home["built"]);
        await DotNetAsync("publish", "HelloLlama", "--output", home["published"]);

        Assert.NotEmpty(await DotNetAsync(home["built", "HelloLlama.dll"]));
        Assert.NotEmpty(await DotNetAsync(home["published", "HelloLlama.dll"]));
    }

    private static string Sources =>
        $"""
        <configuration>
          <packageSources>
            <clear />
            <add key="packed" value="{Package.Folder}" />
            <add key="nuget.org" value="https://api.nuget.org/v3/index.json" />
          </packageSources>
          <packageSourceMapping>
            <packageSource key="packed"><package pattern="LlamaFp4.*" /></packageSource>
            <packageSource key="nuget.org"><package pattern="*" /></packageSource>
          </packageSourceMapping>
        </configuration>
        """;
}

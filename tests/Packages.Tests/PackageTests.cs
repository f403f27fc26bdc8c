using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using System.Xml.Linq;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Packages.Tests;

/// <summary>What is in each package, and what it asks for.</summary>
public class PackageTests
{
    public static readonly TheoryData<string, string> Projects = new()
    {
        { "LlamaFp4.Native", "src/Native" },
        { "LlamaFp4.Provider", "src/Provider" },
        { "LlamaFp4.Extensions", "src/Extensions" },
        { "LlamaFp4.Extensions.SemanticKernel", "src/Extensions.SemanticKernel" },
        { "LlamaFp4.PocketModel", "models/pocket" },
    };

    public static readonly TheoryData<string> Ids = [.. Projects.Select(project => project.Data.Item1)];

    [Fact]
    public void Nothing_but_the_five_is_packed()
    {
        Assert.Equal(Ids.Count, Directory.GetFiles(Package.Folder, "*.nupkg").Length);
        Assert.Equal(Ids.Count, Directory.GetFiles(Package.Folder, "*.snupkg").Length);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_holds_its_library_with_documentation_and_nothing_else_to_link(string id)
    {
        var package = Package.Open(id);

        Assert.Equal(
            [$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"],
            package.Files.Keys.Where(path => path.EndsWith(".dll", StringComparison.Ordinal) || path.StartsWith("lib/", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_says_what_it_is_and_under_which_licence(string id)
    {
        var package = Package.Open(id);

        Assert.Equal("MIT", package.Metadata("license"));
        Assert.Equal("expression", package.Metadata("license", "type"));
        Assert.NotEmpty(package.Metadata("description"));
        Assert.Contains("llama", package.Metadata("tags").Split(' '));
        Assert.Equal("git", package.Metadata("repository", "type"));
        Assert.Matches("^[0-9a-f]{40}$", package.Metadata("repository", "commit"));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_package_shows_its_page_whose_links_lead_out_of_it(string id, string project)
    {
        var package = Package.Open(id);

        var page = package.Text(package.Metadata("readme"));

        Assert.Equal(File.ReadAllText(RepositoryFiles.PathOf(project, "PACKAGE.md")), page);
        Assert.StartsWith($"# {id}\n", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\]\((?!https://)", page);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_icon_is_a_PNG_of_128_by_128_pixels(string id)
    {
        var package = Package.Open(id);

        var icon = package.Files[package.Metadata("icon")].AsSpan();

        Assert.Equal("PNG"u8, icon[1..4]);
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(icon[16..]));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(icon[20..]));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_symbols_are_those_of_the_library(string id)
    {
        var package = Package.Open(id);
        using var library = new PEReader(new MemoryStream(package.Library));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(package.LibrarySymbols));

        var expected = library.ReadCodeViewDebugDirectoryData(library.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.CodeView));

        Assert.Equal(expected.Guid, new BlobContentId(symbols.GetMetadataReader().DebugMetadataHeader!.Id).Guid);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_library_is_the_same_whoever_builds_it(string id)
    {
        var package = Package.Open(id);
        using var library = new PEReader(new MemoryStream(package.Library));
        using var symbols = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(package.LibrarySymbols));

        var sources = symbols.GetMetadataReader();

        Assert.Contains(library.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        Assert.All(sources.Documents, document => Assert.StartsWith("/_", sources.GetString(sources.GetDocument(document).Name), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_library_may_be_trimmed_and_compiled_ahead_of_time(string id)
    {
        var package = Package.Open(id);
        var context = new AssemblyLoadContext(id, isCollectible: true);

        var marks = context.LoadFromStream(new MemoryStream(package.Library)).GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(mark => mark.Key, mark => mark.Value);

        Assert.Equal("True", marks["IsTrimmable"]);
        Assert.Equal("True", marks["IsAotCompatible"]);
        context.Unload();
    }

    [Theory]
    [InlineData("LlamaFp4.PocketModel")]
    [InlineData("LlamaFp4.Native")]
    [InlineData("LlamaFp4.Provider", "LlamaFp4.Native")]
    [InlineData("LlamaFp4.Extensions", "LlamaFp4.Native", "LlamaFp4.PocketModel", "LlamaFp4.Provider")]
    [InlineData("LlamaFp4.Extensions.SemanticKernel", "LlamaFp4.Extensions")]
    public void Packages_ask_for_each_other_in_one_direction(string id, params string[] expected)
    {
        var package = Package.Open(id);

        Assert.Equal(expected, package.Dependencies.Where(dependency => dependency.StartsWith("LlamaFp4", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_asks_for_nothing_that_only_tests_and_samples_need(string id)
    {
        var package = Package.Open(id);
        var shipped = XDocument.Load(RepositoryFiles.PathOf("Directory.Packages.props")).Descendants("ItemGroup")
            .Where(group => group.Attribute("Label")!.Value.StartsWith("Shipped", StringComparison.Ordinal) || group.Attribute("Label")!.Value.StartsWith("Pins", StringComparison.Ordinal))
            .SelectMany(group => group.Elements("PackageVersion"))
            .Select(version => version.Attribute("Include")!.Value);

        Assert.Empty(package.Dependencies.Except(shipped).Except(Ids.Select(other => other.Data)));
    }

    [Fact]
    public void Only_its_own_package_asks_for_Semantic_Kernel()
    {
        var asking = Ids.Select(id => id.Data).Where(id => Package.Open(id).Dependencies.Any(dependency => dependency.StartsWith("Microsoft.SemanticKernel", StringComparison.Ordinal)));

        Assert.Equal(["LlamaFp4.Extensions.SemanticKernel"], asking);
    }

    [Fact]
    public void The_pocket_model_travels_in_its_package()
    {
        var package = Package.Open("LlamaFp4.PocketModel");

        var weights = package.Files["models/pocket/model.safetensors"];

        Assert.Equal(File.ReadAllBytes(RepositoryFiles.PathOf("models", "pocket", "model.safetensors")), weights);
        Assert.Contains("models/pocket/config.json", package.Files.Keys);
        Assert.Contains("models/pocket/tokenizer.json", package.Files.Keys);
    }
}

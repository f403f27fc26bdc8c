namespace LlamaFp4.Provider.Tests;

public class ArchitectureTests
{
    [Fact]
    public void Provider_ImportsNativeAndAbstractionsOnly()
    {
        var imports = typeof(LlamaFp4ChatClient).Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name!)
            .Where(name => !name.StartsWith("System", StringComparison.Ordinal))
            .Where(name => name != "netstandard") // What counts covered lines refers to it.
            .Order(StringComparer.Ordinal);

        Assert.Equal(["LlamaFp4.Native", "Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.Logging.Abstractions"], imports);
    }

    [Fact]
    public void DecodingAndToolCalling_ArePrivateToTheProvider()
    {
        var machinery = typeof(LlamaFp4ChatClient).Assembly.GetExportedTypes()
            .Where(type => type.Namespace is "LlamaFp4.Provider.Decoding" or "LlamaFp4.Provider.ToolCalling");

        Assert.Empty(machinery);
    }
}

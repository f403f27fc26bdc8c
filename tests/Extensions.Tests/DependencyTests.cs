using System.Reflection;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests;

/// <summary>Imports run one way: Extensions → Provider → Native.</summary>
public class DependencyTests
{
    private static readonly Assembly Native = typeof(ITokenSession).Assembly;
    private static readonly Assembly Provider = typeof(LlamaFp4ChatClient).Assembly;
    private static readonly Assembly Extensions = typeof(LlamaFp4ServiceCollectionExtensions).Assembly;
    private static readonly Assembly SemanticKernel = typeof(LlamaFp4KernelBuilderExtensions).Assembly;

    [Fact]
    public void Native_KnowsNoChatAndNoHosting()
    {
        var references = ReferencesOf(Native);

        Assert.DoesNotContain(references, name => name.StartsWith("LlamaFp4", StringComparison.Ordinal));
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.Extensions.AI", StringComparison.Ordinal));
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal));
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.SemanticKernel", StringComparison.Ordinal));
    }

    [Fact]
    public void Provider_KnowsNativeAndTheChatAbstractionsOnly()
    {
        var references = ReferencesOf(Provider);

        Assert.Equal(["LlamaFp4.Native"], references.Where(name => name.StartsWith("LlamaFp4", StringComparison.Ordinal)));
        Assert.Contains("Microsoft.Extensions.AI.Abstractions", references);
        Assert.DoesNotContain("Microsoft.Extensions.AI", references);
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal));
    }

    [Fact]
    public void Extensions_KnowsNoSemanticKernel()
    {
        var references = ReferencesOf(Extensions);

        Assert.Equal(
            ["LlamaFp4.Native", "LlamaFp4.PocketModel", "LlamaFp4.Provider"],
            references.Where(name => name.StartsWith("LlamaFp4", StringComparison.Ordinal)).Order());
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.SemanticKernel", StringComparison.Ordinal));
    }

    [Fact]
    public void SemanticKernelExtensions_KnowTheAbstractionsOfSemanticKernelOnly()
    {
        var references = ReferencesOf(SemanticKernel);

        Assert.Equal(
            ["Microsoft.SemanticKernel.Abstractions"],
            references.Where(name => name.StartsWith("Microsoft.SemanticKernel", StringComparison.Ordinal)));
    }

    private static List<string> ReferencesOf(Assembly assembly) =>
        [.. assembly.GetReferencedAssemblies().Select(reference => reference.Name!)];
}

using System.Reflection;
using AgentDemo.Conversations;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace LlamaFp4.AgentDemo.Tests;

/// <summary>Imports run one way: AgentDemo → Extensions → Provider → Native.</summary>
public class DependencyTests
{
    private static readonly Assembly Demo = typeof(Conversation).Assembly;

    private static readonly Assembly[] Sources =
    [
        typeof(ITokenSession).Assembly,
        typeof(LlamaFp4ChatClient).Assembly,
        typeof(LlamaFp4ServiceCollectionExtensions).Assembly,
        typeof(LlamaFp4KernelBuilderExtensions).Assembly,
    ];

    [Fact]
    public void NothingPointsBackToTheDemo()
    {
        Assert.Equal(
            ["LlamaFp4.Native", "LlamaFp4.Provider", "LlamaFp4.Extensions", "LlamaFp4.Extensions.SemanticKernel"],
            Sources.Select(source => source.GetName().Name));
        Assert.All(Sources, source => Assert.DoesNotContain(Demo.GetName().Name, ReferencesOf(source)));
        Assert.Contains("LlamaFp4.Extensions.SemanticKernel", ReferencesOf(Demo));
    }

    private static List<string> ReferencesOf(Assembly assembly) =>
        [.. assembly.GetReferencedAssemblies().Select(reference => reference.Name!)];
}

using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>Semantic Kernel's own service over our chat client, as kernels have it that register only the client.</summary>
internal static class BridgedChatCompletion
{
    public static void AddTo(IKernelBuilder builder)
    {
        builder.AddLlamaFp4ChatClient();
        builder.Services.AddSingleton(services => services.GetRequiredService<IChatClient>().AsChatCompletionService(services));
    }
}

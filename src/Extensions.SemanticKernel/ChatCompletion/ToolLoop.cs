using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.SemanticKernel.ChatCompletion;

/// <summary>Runs what the model calls, through the kernel's filters, in the way that the request asks for.</summary>
/// <remarks>
/// Semantic Kernel's own loop takes neither concurrency from a request nor, without a kernel, the wish to invoke nothing. So there are two loops, and a way
/// around them.
/// </remarks>
internal sealed class ToolLoop
{
    private readonly IChatClient _inner;
    private readonly IChatClient _oneByOne;
    private readonly IChatClient _concurrent;

    /// <param name="client">A pipeline; one that has a loop of its own keeps it.</param>
    /// <param name="services">Where the loops find a logger factory, and functions their services.</param>
    public ToolLoop(IChatClient client, IServiceProvider? services)
    {
        if (client.GetService<FunctionInvokingChatClient>() is not null)
        {
            _inner = _oneByOne = _concurrent = client;
            return;
        }

        _inner = client;
        _oneByOne = Around(client, services, isConcurrent: false);
        _concurrent = Around(client, services, isConcurrent: true);
    }

    public IChatClient For(PromptExecutionSettings settings, ChatHistory history, Kernel? kernel)
    {
        var choice = settings.FunctionChoiceBehavior?.GetConfiguration(new FunctionChoiceBehaviorConfigurationContext(history) { Kernel = kernel });
        return choice is { AutoInvoke: false } ? _inner
            : choice is { Options.AllowConcurrentInvocation: true } ? _concurrent
            : _oneByOne;
    }

    private static IChatClient Around(IChatClient inner, IServiceProvider? services, bool isConcurrent)
    {
        var loop = new ChatClientBuilder(inner).UseKernelFunctionInvocation().Build(services);
        loop.GetRequiredService<FunctionInvokingChatClient>().AllowConcurrentInvocation = isConcurrent;
        return loop;
    }

    /// <summary>Marks the part of a pipeline that stands inside its tool loop, so that a service can put loops of its own around it.</summary>
    internal sealed class Inner(IChatClient client) : DelegatingChatClient(client);
}

using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>A client as an application registers it.</summary>
public sealed class PipelineAgentTests : AgentTests, IDisposable
{
    private readonly List<ServiceProvider> _containers = [];

    public void Dispose() => _containers.ForEach(container => container.Dispose());

    protected override IChatClient CreateClient(ITokenSession session)
    {
        ServiceCollection services = [];
        services.AddLogging();
        services.AddKeyedLlamaFp4ChatClient("waiter", _ => session)
            .UseFunctionInvocation()
            .UseOpenTelemetry()
            .UseLogging();
        var container = services.BuildServiceProvider();
        _containers.Add(container);
        return container.GetRequiredKeyedService<IChatClient>("waiter");
    }
}

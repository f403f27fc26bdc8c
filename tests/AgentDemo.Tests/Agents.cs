using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.AgentDemo.Tests;

internal static class Agents
{
    /// <summary>The services of an agent, over a session of the test.</summary>
    public static ServiceProvider Provide(Scenario scenario, ITokenSession session) =>
        new ServiceCollection().AddSingleton(session).AddAgent(scenario, model: null).BuildServiceProvider();
}

/// <summary>Remembers what it sees, and says what it was told to say.</summary>
internal sealed class Audience : IAudience
{
    public List<AgentEvent> Seen { get; } = [];

    public List<ToolCall> WasAsked { get; } = [];

    public bool Allows { get; set; }

    public Action OnWords { get; set; } = () => { };

    public void See(AgentEvent happening)
    {
        Seen.Add(happening);
        if (happening is Words)
        {
            OnWords();
        }
    }

    public ValueTask<bool> AllowsAsync(ToolCall call, CancellationToken cancellationToken)
    {
        WasAsked.Add(call);
        return new(Allows);
    }
}

using AgentDemo.Scenarios.Clerk;
using AgentDemo.Scenarios.House;
using AgentDemo.Scenarios.Operations;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios;

/// <summary>A ready agent: what it is told, what it can do, and a conversation that shows it.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string Title { get; init; }

    public required string Instructions { get; init; }

    /// <summary>Makes the tools of one conversation, with a state of their own.</summary>
    public Func<IServiceProvider, IEnumerable<KernelPlugin>> CreatePlugins { get; init; } = static _ => [];

    /// <summary>Every answer is an object of this type, as JSON; <see langword="null"/>: answers are text.</summary>
    public Type? Form { get; init; }

    public required ScriptedConversation Script { get; init; }

    public static IReadOnlyList<Scenario> All { get; } = [HouseScenario.Scenario, OperationsScenario.Scenario, ClerkScenario.Scenario];

    public static Scenario? Find(string name) => All.FirstOrDefault(scenario => scenario.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

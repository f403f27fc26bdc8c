using AgentDemo.Conversations;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.Operations;

/// <summary>An operations desk: it looks at servers by itself, and restarts one only after asking.</summary>
internal static class OperationsScenario
{
    private static readonly ToolCall Restart = ToolCall.Of("Servers.RestartServer", ("server", "mail-2"));

    public static Scenario Scenario { get; } = new()
    {
        Name = "operations",
        Title = "an operations desk",
        Instructions = "You watch the servers of a company. Use the tools when they help. Be brief.",
        CreatePlugins = static services => [KernelPluginFactory.CreateFromType<ServersPlugin>("Servers", services)],

        // The first restart is refused and must not happen; the second one is allowed.
        Script = new(
        [
            new("Which servers are there?", ToolCall.Of("Servers.ListServers")),
            new("What is the status of mail-2?", ToolCall.Of("Servers.GetServerStatus", ("server", "mail-2"))) { Result = "not responding" },
            new("Restart mail-2.") { Refused = Restart },
            new("What is the status of mail-2?", ToolCall.Of("Servers.GetServerStatus", ("server", "mail-2"))) { Result = "not responding" },
            new("Restart mail-2.", Restart) { IsAllowed = true },
            new("What is the status of mail-2?", ToolCall.Of("Servers.GetServerStatus", ("server", "mail-2"))) { Result = "healthy" },
            new("How high is the CPU load of web-3?", ToolCall.Of("Servers.GetCpuLoad", ("server", "web-3"))),
        ]),
    };
}

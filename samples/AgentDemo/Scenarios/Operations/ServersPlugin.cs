using System.ComponentModel;
using AgentDemo.Conversations;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.Operations;

/// <summary>A few servers, one of which is in trouble until somebody restarts it.</summary>
internal sealed class ServersPlugin
{
    private readonly SortedDictionary<string, Health> _healthByServer = new(StringComparer.OrdinalIgnoreCase)
    {
        ["db-1"] = new("healthy", CpuPercent: 41, DiskPercent: 77),
        ["mail-2"] = new("not responding", CpuPercent: 99, DiskPercent: 52),
        ["web-3"] = new("healthy", CpuPercent: 18, DiskPercent: 35),
    };

    [KernelFunction, Description("List the servers")]
    public string ListServers() => $"{string.Join(", ", _healthByServer.Keys.SkipLast(1))} and {_healthByServer.Keys.Last()}";

    [KernelFunction, Description("Get the status of a server")]
    public string GetServerStatus([Description("name of the server")] string server) => Of(server, health => health.State);

    [KernelFunction, Description("Get the CPU load of a server")]
    public string GetCpuLoad([Description("name of the server")] string server) => Of(server, health => $"{health.CpuPercent} percent");

    [KernelFunction, Description("Get the disk usage of a server")]
    public string GetDiskUsage([Description("name of the server")] string server) => Of(server, health => $"{health.DiskPercent} percent");

    [KernelFunction, Description("Restart a server"), Dangerous]
    public string RestartServer([Description("name of the server")] string server) => Of(server, health =>
    {
        _healthByServer[server] = new Health("healthy", CpuPercent: 3, health.DiskPercent);
        return $"{server} was restarted.";
    });

    private string Of(string server, Func<Health, string> tell) =>
        _healthByServer.TryGetValue(server, out var health) ? tell(health) : $"Error: There is no server {server}.";

    private sealed record Health(string State, int CpuPercent, int DiskPercent);
}

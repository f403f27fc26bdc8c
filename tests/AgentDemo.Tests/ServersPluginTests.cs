using AgentDemo.Scenarios.Operations;

namespace LlamaFp4.AgentDemo.Tests;

public class ServersPluginTests
{
    private readonly ServersPlugin _servers = new();

    [Fact]
    public void Restart_HealsTheServer()
    {
        Assert.Equal("not responding", _servers.GetServerStatus("mail-2"));
        Assert.Equal("99 percent", _servers.GetCpuLoad("mail-2"));

        Assert.Equal("mail-2 was restarted.", _servers.RestartServer("mail-2"));

        Assert.Equal("healthy", _servers.GetServerStatus("MAIL-2"));
        Assert.Equal("3 percent", _servers.GetCpuLoad("mail-2"));
        Assert.Equal("52 percent", _servers.GetDiskUsage("mail-2"));
    }

    [Fact]
    public void UnknownServer_IsToldToTheModel()
    {
        Assert.Equal("Error: There is no server x.", _servers.RestartServer("x"));
        Assert.Equal("db-1, mail-2 and web-3", _servers.ListServers());
    }
}

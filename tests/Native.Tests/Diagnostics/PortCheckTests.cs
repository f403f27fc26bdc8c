using System.Net;
using System.Net.Sockets;
using LlamaFp4.Native.Diagnostics;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class PortCheckTests
{
    [Fact]
    public void Run_PortInUse_Warns()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var check = PortCheck.Run([port]);

        Assert.Equal(
            $"Warning ports: Taken on loopback: {port}. → Give the server another port, or name what listens there as an endpoint.",
            Machines.Line(check));
    }

    [Fact]
    public void Run_PortThatWasGivenBack_IsFree()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var check = PortCheck.Run([port]);

        Assert.Equal($"Ok ports: Free on loopback: {port}.", Machines.Line(check));
    }
}

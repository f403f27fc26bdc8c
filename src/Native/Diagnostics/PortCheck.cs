using System.Net;
using System.Net.Sockets;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether a server of this machine could listen on the ports it is meant for.</summary>
internal static class PortCheck
{
    private const string Name = "ports";

    public static PreflightCheck Run(IReadOnlyList<int> ports)
    {
        var taken = ports.Where(port => !IsFree(port)).ToList();
        return taken.Count == 0
            ? PreflightCheck.Ok(Name, $"Free on loopback: {List(ports)}.")
            : PreflightCheck.Warning(Name, $"Taken on loopback: {List(taken)}.", "Give the server another port, or name what listens there as an endpoint.");
    }

    private static string List(IEnumerable<int> ports) => string.Join(", ", ports);

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            // In use, or a port below 1024 that needs privileges: not to be had either way.
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Finds a port that nobody listens on.</summary>
internal static class LoopbackPort
{
    /// <summary>A port that was free a moment ago; whoever uses it must cope with losing it to another process.</summary>
    public static int FindFree()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

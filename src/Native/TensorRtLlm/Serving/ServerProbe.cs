using System.Net;
using System.Net.Sockets;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Asks a server whether it can answer. While it loads it refuses connections.</summary>
internal static class ServerProbe
{
    public static async Task<bool> IsReadyAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, endpoint.Port, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

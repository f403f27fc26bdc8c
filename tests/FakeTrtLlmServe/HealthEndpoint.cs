using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlamaFp4.FakeTrtLlmServe;

/// <summary>Just enough HTTP to be asked for health.</summary>
internal static class HealthEndpoint
{
    private static volatile string? _status;

    /// <summary>Opens the port at the first call; from then on every request is answered with the last status given.</summary>
    public static void Answer(int port, string status)
    {
        var isOpen = _status is not null;
        _status = status;
        if (!isOpen)
        {
            var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            _ = AcceptAsync(listener);
        }
    }

    private static async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            _ = AnswerAsync(await listener.AcceptTcpClientAsync());
        }
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            using var reader = new StreamReader(client.GetStream());
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {_status} Answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        }
    }
}

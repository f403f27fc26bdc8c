using System.IO.Pipelines;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>A server of the Model Context Protocol and a client of it, in one process, joined by two pipes.</summary>
internal sealed class McpPipe : IAsyncDisposable
{
    private readonly McpServer _server;
    private readonly Task _running;

    private McpPipe(McpServer server, Task running, McpClient client)
    {
        _server = server;
        _running = running;
        Client = client;
    }

    public McpClient Client { get; }

    public static async Task<McpPipe> ConnectAsync(IEnumerable<McpServerTool> tools, CancellationToken cancellationToken)
    {
        Pipe toServer = new();
        Pipe toClient = new();
        McpServerOptions options = new() { ToolCollection = [.. tools] };
        var server = McpServer.Create(new StreamServerTransport(toServer.Reader.AsStream(), toClient.Writer.AsStream()), options);
        var running = server.RunAsync(cancellationToken);
        StreamClientTransport transport = new(toServer.Writer.AsStream(), toClient.Reader.AsStream());
        return new McpPipe(server, running, await McpClient.CreateAsync(transport, cancellationToken: cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _server.DisposeAsync();
        await _running;
    }
}

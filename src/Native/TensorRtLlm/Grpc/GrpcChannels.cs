using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>The HTTP/2 connections to one gRPC server: several for requests, used in turn, and one for questions and aborts.</summary>
/// <remarks>A connection is made by its first call, and again after it was lost.</remarks>
internal sealed class GrpcChannels : IDisposable
{
    // The most .NET allows; a token then never waits for a window update.
    private const int StreamWindow = 16 * 1024 * 1024;

    // gRPC's own limit on the receiving side is a ping every 5 minutes while no data is sent; a long prefill is as silent as that. SMG servers mean to
    // allow one every 10 seconds, but set an option for it that gRPC does not know.
    private static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromMinutes(6);

    private readonly CallInvoker[] _invokers;
    private readonly GrpcChannel[] _channels;
    private int _next;

    /// <param name="address">The server.</param>
    /// <param name="options">How many connections, TLS, token, message size.</param>
    public GrpcChannels(ServerAddress address, TensorRtLlmOptions options)
    {
        var keepAlive = KeepAliveOf(address, options);
        var control = Open(address, options, keepAlive, gathers: false);
        GrpcChannel[] streams = [.. Enumerable.Range(0, options.ConnectionsPerEndpoint).Select(_ => Open(address, options, keepAlive, gathers: true))];
        _channels = [control, .. streams];
        _invokers = [.. streams.Select(channel => channel.CreateCallInvoker())];
        Control = control.CreateCallInvoker();
        Headers = options.BearerToken is { } token ? new Metadata { { "authorization", $"Bearer {token}" } } : null;
    }

    /// <summary>For short calls, which must not wait behind streams.</summary>
    public CallInvoker Control { get; }

    /// <summary>What each call carries.</summary>
    public Metadata? Headers { get; }

    /// <summary>For the next stream; its messages come as <see cref="GatheredMessages"/>.</summary>
    public CallInvoker Next() => _invokers[(uint)Interlocked.Increment(ref _next) % (uint)_invokers.Length];

    /// <summary>Pause between pings while requests run. Over loopback no connection dies unnoticed.</summary>
    public static TimeSpan KeepAliveOf(ServerAddress address, TensorRtLlmOptions options) =>
        address.IsLoopback ? Timeout.InfiniteTimeSpan : options.KeepAliveInterval ?? DefaultKeepAlive;

    public void Dispose()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }
    }

    private static GrpcChannel Open(ServerAddress address, TensorRtLlmOptions options, TimeSpan keepAlive, bool gathers)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = StreamWindow,
            KeepAlivePingDelay = keepAlive,
            KeepAlivePingTimeout = options.ConnectTimeout < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : options.ConnectTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,

            // With a callback of its own, Grpc.Net.Client leaves connecting to the handler: a refused connection is known at once, and the pause
            // before the next attempt is ours.
            ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, yields: gathers, cancellationToken),
        };
        options.ConfigureTls?.Invoke(handler.SslOptions);
        return GrpcChannel.ForAddress(address.HttpUri, new GrpcChannelOptions
        {
            HttpHandler = gathers ? new GatheringHandler(handler) : handler,
            DisposeHttpClient = true,

            // A message that is gathered alone has its prefix with it.
            MaxReceiveMessageSize = (options.MaxMessageSize * 1024 * 1024) + (gathers ? GrpcPrefix.Size : 0),
            MaxSendMessageSize = null,
        });
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, bool yields, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return yields ? new YieldingStream(socket) : new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

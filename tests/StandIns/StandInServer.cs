using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using LlamaFp4.Native.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.StandIns;

/// <summary>Stands in for <c>trtllm-serve</c>: a real server on the loopback interface, with any session as its engine.</summary>
public sealed class StandInServer : IAsyncDisposable
{
    /// <summary>Requests that are remembered; older ones are forgotten.</summary>
    public const int MostKept = 256;

    private readonly ConcurrentDictionary<string, StandInRequest> _running = [];
    private readonly ConcurrentQueue<StandInRequest> _requests = [];
    private readonly Channel<StandInRequest> _arrivals = Channel.CreateBounded<StandInRequest>(new BoundedChannelOptions(MostKept) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly X509Certificate2? _certificate;
    private WebApplication? _application;
    private int _port;

    private StandInServer(StandInProtocol protocol, ITokenSession engine, StandInBehaviour? behaviour, X509Certificate2? certificate)
    {
        Protocol = protocol;
        Engine = engine;
        Behaviour = behaviour ?? new StandInBehaviour();
        _certificate = certificate;
    }

    public StandInProtocol Protocol { get; }

    public ITokenSession Engine { get; set; }

    public StandInBehaviour Behaviour { get; }

    /// <summary>With the scheme of its protocol.</summary>
    public Uri Endpoint => new($"{Scheme}://127.0.0.1:{_port}");

    /// <summary>With the scheme that leaves the protocol open.</summary>
    public Uri HttpEndpoint => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{_port}");

    /// <summary>The newest requests for tokens, at most <see cref="MostKept"/>, in the order in which they came, those of other clients' probes included.</summary>
    public IReadOnlyList<StandInRequest> Requests => [.. _requests];

    private string Scheme => (Protocol, _certificate) switch
    {
        (StandInProtocol.Smg, null) => "smg",
        (StandInProtocol.Smg, _) => "smgs",
        (StandInProtocol.OpenEngine, null) => "openengine",
        (StandInProtocol.OpenEngine, _) => "openengines",
        (_, null) => "http",
        _ => "https",
    };

    public static async Task<StandInServer> StartAsync(
        StandInProtocol protocol, ITokenSession engine, StandInBehaviour? behaviour = null, X509Certificate2? certificate = null)
    {
        var server = new StandInServer(protocol, engine, behaviour, certificate);
        await server.ComeBackAsync();
        return server;
    }

    /// <summary>The next request that has not been waited for, of the newest 256.</summary>
    public ValueTask<StandInRequest> NextRequestAsync(CancellationToken cancellationToken) => _arrivals.Reader.ReadAsync(cancellationToken);

    /// <summary>Listens, on the same port as before.</summary>
    public async Task ComeBackAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        var application = builder.Build();
        Map(application);
        await application.StartAsync();
        _port = new Uri(application.Urls.Single()).Port;
        _application = application;
    }

    /// <summary>Breaks all connections and stops listening, as when the process is killed.</summary>
    public async Task GoAwayAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.StopAsync(new CancellationToken(canceled: true));
            await application.DisposeAsync();
        }
    }

    /// <summary>Takes no new requests, and is gone when the running ones have ended, as when the process is told to end.</summary>
    public async Task ShutDownAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.StopAsync();
            await application.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await GoAwayAsync();

    internal StandInRequest Record(string id, string json, IHeaderDictionary headers)
    {
        var request = new StandInRequest(id, json, headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _running[id] = request;
        _ = ForgetEndedAsync(request);
        _requests.Enqueue(request);
        if (_requests.Count > MostKept)
        {
            _requests.TryDequeue(out _);
        }

        _arrivals.Writer.TryWrite(request);
        return request;
    }

    internal bool Abort(string id)
    {
        if (!_running.TryGetValue(id, out var request) || request.Ended.IsCompleted)
        {
            return false;
        }

        request.End(StandInEnd.Aborted);
        request.Stop.Cancel();
        return true;
    }

    private async Task ForgetEndedAsync(StandInRequest request)
    {
        await request.Ended;
        _running.TryRemove(KeyValuePair.Create(request.Id, request));
    }

    private void Configure(KestrelServerOptions options)
    {
        options.Limits.Http2.MaxStreamsPerConnection = int.MaxValue;
        options.Listen(IPAddress.Loopback, _port, listen =>
        {
            listen.Protocols = Protocol == StandInProtocol.Http ? HttpProtocols.Http1 : HttpProtocols.Http2;
            if (_certificate is not null)
            {
                listen.UseHttps(_certificate);
            }
        });
    }

    private void Map(WebApplication application)
    {
        application.Use(RequireTokenAsync);
        switch (Protocol)
        {
            case StandInProtocol.Smg:
                application.MapGrpcService<Smg.SmgService>();
                break;
            case StandInProtocol.OpenEngine:
                application.MapGrpcService<OpenEngine.InferenceService>();
                application.MapGrpcService<OpenEngine.ControlService>();
                break;
            default:
                Http.HttpService.Map(application, this);
                break;
        }
    }

    private Task RequireTokenAsync(HttpContext context, RequestDelegate next)
    {
        if (Behaviour.BearerToken is { } token && context.Request.Headers.Authorization != $"Bearer {token}")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        return next(context);
    }
}

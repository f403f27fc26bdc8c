using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>Takes in what OpenTelemetry sends over HTTP. Names are text in its messages, so a search finds them.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentBag<(string Path, byte[] Message)> _received = [];

    private Collector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _application = builder.Build();
        _application.MapPost("/{**path}", ReceiveAsync);
    }

    public string Endpoint => _application.Urls.Single();

    public static async Task<Collector> StartAsync()
    {
        Collector collector = new();
        await collector._application.StartAsync();
        return collector;
    }

    public bool Has(string path, string name) =>
        _received.Any(entry => entry.Path == path && entry.Message.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)) >= 0);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        _received.Add((context.Request.Path, body.ToArray()));
    }
}

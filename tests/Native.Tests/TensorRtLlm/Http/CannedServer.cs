using LlamaFp4.Native.TensorRtLlm;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Http;

/// <summary>A server that lets sessions connect and then answers what a test says, word by word.</summary>
internal sealed class CannedServer : IAsyncDisposable
{
    private const string Probe = "data: {\"choices\":[{\"token_ids\":[10],\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n";

    private readonly WebApplication _application;

    private CannedServer(WebApplication application) => _application = application;

    /// <summary>What comes for a request; while it is null, one token.</summary>
    public Func<HttpResponse, Task>? Answer { get; set; }

    /// <summary>How many connections have carried requests for tokens.</summary>
    public HashSet<string> Connections { get; } = [];

    public static async Task<CannedServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var server = new CannedServer(application);
        application.MapGet("/health", () => "");
        application.MapGet("/v1/models", () => Results.Content("""{"object":"list","data":[{"id":"canned"}]}""", "application/json"));
        application.MapPost("/v1/completions", server.RunAsync);
        await application.StartAsync();
        return server;
    }

    public Task<TensorRtLlmSession> ConnectAsync(ServedModel model, Action<TensorRtLlmOptions>? configure = null) => TensorRtLlmSession.ConnectAsync(
        model.Options(
            options =>
            {
                options.Transport = TensorRtLlmTransport.Http;
                options.VerifyGuides = false;
                configure?.Invoke(options);
            },
            new Uri(_application.Urls.Single())),
        TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task RunAsync(HttpContext context)
    {
        Connections.Add(context.Connection.Id);
        if (Answer is { } answer)
        {
            await answer(context.Response);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(Probe);
    }
}

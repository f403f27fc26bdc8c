using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Bench.Wire;

/// <summary>A chat endpoint that streams one event per token: as fast as it is asked, or the time as text at each step.</summary>
internal sealed class ChatStandIn : IAsyncDisposable
{
    private static readonly byte[] Start = ToEvent(new { role = "assistant", content = "" }, null);
    private static readonly byte[] Token = ToEvent(new { content = " word" }, null);
    private static readonly byte[] End = [.. ToEvent(new { }, "length"), .. "data: [DONE]\n\n"u8];

    private readonly WebApplication _application;
    private readonly EngineSteps? _steps;

    private ChatStandIn(WebApplication application, EngineSteps? steps)
    {
        _application = application;
        _steps = steps;
    }

    public Uri Endpoint => new(_application.Urls.Single());

    public static async Task<ChatStandIn> StartAsync(bool isPaced)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        var steps = isPaced ? new EngineSteps() : null;
        application.MapPost("/chat/completions", context => SendAsync(context, steps));
        await application.StartAsync();
        return new ChatStandIn(application, steps);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _steps?.Dispose();
    }

    private static byte[] ToEvent(object delta, string? finishReason)
    {
        var chunk = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = "chatcmpl-0123456789abcdef",
            @object = "chat.completion.chunk",
            created = 1_760_000_000,
            model = "replay",
            choices = new[] { new { index = 0, delta, logprobs = (object?)null, finish_reason = finishReason } },
        });
        return [.. "data: "u8, .. chunk, .. "\n\n"u8];
    }

    private static async Task SendAsync(HttpContext context, EngineSteps? steps)
    {
        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var tokens = request.RootElement.GetProperty("max_completion_tokens").GetInt32();
        var body = context.Response.BodyWriter;
        context.Response.ContentType = "text/event-stream";
        await body.WriteAsync(Start, context.RequestAborted);
        for (var i = 0; i < tokens; i++)
        {
            if (steps is not null)
            {
                await steps.NextAsync(context.RequestAborted);
            }

            await body.WriteAsync(steps is null ? Token : ToEvent(new { content = TimedToken.ToText(TimedToken.Now) }, null), context.RequestAborted);
        }

        await body.WriteAsync(End, context.RequestAborted);
    }
}

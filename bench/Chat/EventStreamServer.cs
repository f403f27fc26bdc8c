using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Bench.Chat;

/// <summary>An OpenAI-compatible endpoint on the loopback interface that streams events prepared in advance, one for each token.</summary>
internal sealed class EventStreamServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private EventStreamServer(WebApplication application) => _application = application;

    public Uri Endpoint => new(_application.Urls.Single());

    /// <param name="texts">The text of each token.</param>
    public static async Task<EventStreamServer> StartAsync(IEnumerable<string> texts)
    {
        byte[][] events =
        [
            ToEvent(new { role = "assistant", content = "" }, null),
            .. texts.Select(text => ToEvent(new { content = text }, null)),
            ToEvent(new { }, "stop"),
            "data: [DONE]\n\n"u8.ToArray(),
        ];

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        application.MapPost("/chat/completions", context => SendAsync(context.Response, events));
        await application.StartAsync();
        return new EventStreamServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

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

    private static async Task SendAsync(HttpResponse response, byte[][] events)
    {
        response.ContentType = "text/event-stream";
        foreach (var item in events)
        {
            await response.BodyWriter.WriteAsync(item);
        }
    }
}

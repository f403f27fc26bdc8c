using System.Globalization;
using System.Text.Json;
using LlamaFp4.Native.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlamaFp4.StandIns.Http;

/// <summary>The routes of plain <c>trtllm-serve</c>, as its release 1.2.1 and the newer ones behave where they agree.</summary>
internal sealed class HttpService(StandInServer server)
{
    public static void Map(WebApplication application, StandInServer server)
    {
        var service = new HttpService(server);
        application.MapGet("/health", service.AnswerHealthAsync);
        application.MapGet("/version", service.AnswerVersionAsync);
        application.MapGet("/v1/models", service.AnswerModelsAsync);
        application.MapPost("/v1/completions", context => service.RunAsync(context, new CompletionEndpoint(server)));
        application.MapPost("/v1/chat/completions", context => service.RunAsync(context, new ChatEndpoint(server)));
    }

    private Task AnswerHealthAsync(HttpContext context)
    {
        context.Response.StatusCode = server.Behaviour.Illness is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(server.Behaviour.Illness ?? "");
    }

    private Task AnswerVersionAsync(HttpContext context) =>
        WriteJsonAsync(context, """{"version":"1.2.1"}""");

    private Task AnswerModelsAsync(HttpContext context) => WriteJsonAsync(
        context, $$"""{"object":"list","data":[{"id":{{JsonSerializer.Serialize(server.Engine.Model.ModelId)}},"object":"model","created":1760000000,"owned_by":"tensorrt_llm"}]}""");

    private async Task RunAsync(HttpContext context, EventEndpoint endpoint)
    {
        using var reader = new StreamReader(context.Request.Body);
        var json = await reader.ReadToEndAsync(context.RequestAborted);
        var record = server.Record(Guid.NewGuid().ToString("N"), json, context.Request.Headers);
        if (server.Behaviour.TakesRefusal())
        {
            record.End(StandInEnd.Failed);
            var (status, text) = server.Behaviour.Refusal!.Value;
            await RefuseAsync(context, ToStatusCode(status), text);
            return;
        }

        await using var cancelled = context.RequestAborted.UnsafeRegister(static request => ((StandInRequest)request!).End(StandInEnd.Cancelled), record);
        try
        {
            using var body = JsonDocument.Parse(json);
            await endpoint.RunAsync(context, record, body.RootElement);
            record.End(StandInEnd.Complete);
        }
        catch (StandInBreakException)
        {
            record.End(StandInEnd.Failed);
            context.Abort();
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            record.End(StandInEnd.Cancelled);
        }
        catch (FeatureNotSupportedException exception) when (!context.Response.HasStarted)
        {
            record.End(StandInEnd.Failed);
            await RefuseAsync(context, StatusCodes.Status501NotImplemented, exception.Message);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or JsonException or InvalidOperationException or LlamaFp4Exception && !context.Response.HasStarted)
        {
            // Almost every failure is a 400.
            record.End(StandInEnd.Failed);
            await RefuseAsync(context, StatusCodes.Status400BadRequest, exception.Message);
        }
        catch (LlamaFp4Exception exception)
        {
            // Inside of the stream: an event, and the end mark behind it, twice.
            record.End(StandInEnd.Failed);
            await context.Response.WriteAsync($"data: {{\"error\": {{\"message\": {JsonSerializer.Serialize(exception.Message)}, \"type\": \"server_error\", \"code\": null, \"param\": null}}}}\n\ndata: [DONE]\n\ndata: [DONE]\n\n");
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return WriteJsonAsync(context, $$"""{"object":"error","message":{{JsonSerializer.Serialize(message)}},"type":"BadRequestError","code":{{status}},"param":null}""");
    }

    private static Task WriteJsonAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    // Tests that run over all protocols say it in gRPC's words.
    private static int ToStatusCode(string status) => status switch
    {
        "InvalidArgument" => StatusCodes.Status400BadRequest,
        "Unauthenticated" => StatusCodes.Status401Unauthorized,
        "PermissionDenied" => StatusCodes.Status403Forbidden,
        "ResourceExhausted" => StatusCodes.Status429TooManyRequests,
        "Internal" => StatusCodes.Status500InternalServerError,
        "Unimplemented" => StatusCodes.Status501NotImplemented,
        "Unavailable" => StatusCodes.Status503ServiceUnavailable,
        _ => int.Parse(status, CultureInfo.InvariantCulture),
    };
}

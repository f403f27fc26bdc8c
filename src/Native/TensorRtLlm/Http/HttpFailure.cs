using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LlamaFp4.Native.TensorRtLlm.Http;

/// <summary>What a status, an error body or a broken connection means.</summary>
internal static class HttpFailure
{
    private const int MaxBodyRead = 64 * 1024;
    private const int MaxTextShown = 500;

    /// <exception cref="ServerFailureException">The status is none of success.</exception>
    public static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw Answered(response, await ReadTextAsync(response, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <exception cref="ServerFailureException">The answer is not a stream of events.</exception>
    public static async Task RequireEventsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await RequireSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType is var type && type != "text/event-stream")
        {
            // An engine that is about to stop answers "null".
            var text = await ReadTextAsync(response, cancellationToken).ConfigureAwait(false);
            throw new ServerFailureException(ServerFailureKind.Protocol, $"answered {type ?? "nothing"} instead of events: {text}");
        }
    }

    /// <summary>A failure that the stream itself reports.</summary>
    public static ServerFailureException Reported(string message) =>
        new(ContextLengthMessage.Matches(message) ? ServerFailureKind.ContextLength : ServerFailureKind.Failed, $"failed: {message}");

    /// <summary>A connection that could not be made, or broke.</summary>
    public static ServerFailureException From(Exception exception)
    {
        var isRefused = exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
        var message = isRefused ? "refuses connections" : $"was lost: {(exception.InnerException ?? exception).Message}";
        return new ServerFailureException(ServerFailureKind.Unavailable, message, exception) { IsRefused = isRefused };
    }

    /// <summary>The words of an error, in any of the shapes that servers and proxies give it.</summary>
    public static string? MessageOf(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String)
        {
            return error.GetString();
        }

        if (error.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in (string[])["message", "error", "detail"])
            {
                if (error.TryGetProperty(name, out var inner) && MessageOf(inner) is { } message)
                {
                    return message;
                }
            }
        }

        return null;
    }

    private static ServerFailureException Answered(HttpResponseMessage response, string text)
    {
        var isBusy = response.Headers.RetryAfter is not null;
        return new ServerFailureException(KindOf(response.StatusCode, text, isBusy), $"answered {(int)response.StatusCode}: {text}");
    }

    private static ServerFailureKind KindOf(HttpStatusCode status, string text, bool isBusy) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ServerFailureKind.Denied,
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => ServerFailureKind.NotSupported,
        HttpStatusCode.TooManyRequests => ServerFailureKind.Overloaded,
        HttpStatusCode.ServiceUnavailable => isBusy ? ServerFailureKind.Overloaded : ServerFailureKind.Unavailable,
        HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout => ServerFailureKind.Unavailable,

        // Almost every failure of TensorRT-LLM is a 400, faults of its own included.
        _ when ContextLengthMessage.Matches(text) => ServerFailureKind.ContextLength,
        >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => ServerFailureKind.Rejected,
        >= HttpStatusCode.InternalServerError => ServerFailureKind.Failed,
        _ => ServerFailureKind.Protocol,
    };

    private static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBodyRead];
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return TextOf(buffer.AsMemory(0, length));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return $"(no body: {exception.Message})";
        }
    }

    private static string TextOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (MessageOf(json.RootElement) is { } message)
            {
                return message;
            }
        }
        catch (JsonException)
        {
            // A proxy's page, or nothing.
        }

        var text = Encoding.UTF8.GetString(body.Span).Trim();
        return text.Length > MaxTextShown ? text[..MaxTextShown] + "…" : text;
    }
}

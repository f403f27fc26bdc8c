using System.Net.Http.Headers;
using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.Http;

/// <summary>A server of plain <c>trtllm-serve</c>: <c>/v1/completions</c> with token ids in and out.</summary>
internal sealed class HttpConnection : ServerConnection
{
    // Cache salt and priority have no field in every release, and an unknown field is refused.
    private const SessionFeatures Features = SessionFeatures.LogProbabilities | SessionFeatures.LogitBias | GuideText.Features;

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(1);

    private readonly HttpClient _client;
    private readonly int _maxEventSize;
    private readonly string? _configuredModelId;
    private volatile string? _modelId;

    public HttpConnection(ServerAddress address, TensorRtLlmOptions options)
        : base(address)
    {
        _client = CreateClient(address, options);
        _maxEventSize = options.MaxMessageSize * 1024 * 1024;
        _configuredModelId = options.ModelId;
    }

    public override string Protocol => "HTTP";

    public override async Task<ServerDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        using var models = await GetJsonAsync("v1/models", cancellationToken).ConfigureAwait(false);
        _modelId = ModelIdOf(models.RootElement);
        return new ServerDescription
        {
            EngineName = "tensorrt-llm",
            EngineVersion = await AskVersionAsync(cancellationToken).ConfigureAwait(false),
            ModelId = _modelId,
            Features = Features,
            IgnoresGuidesSilently = true,
        };
    }

    public override async Task CheckHealthAsync(CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "health"), cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            var text = await HttpFailure.ReadTextAsync(response, cancellationToken).ConfigureAwait(false);
            throw new ServerFailureException(ServerFailureKind.Unavailable, $"says that it is unwell: {(int)response.StatusCode} {text}");
        }
    }

    public override void Require(ServerRequest request, ServerDescription description)
    {
        // Alternatives come as decoded text, which does not tell the token.
        if (request.LogProbabilities > 0)
        {
            throw new FeatureNotSupportedException(
                $"{Protocol} servers report log probabilities of the chosen tokens only, without alternatives; LogProbabilities is {request.LogProbabilities}, expected 0.");
        }

        foreach (var (tokenId, bias) in request.LogitBias)
        {
            if (bias is < -CompletionRequest.MaxLogitBias or > CompletionRequest.MaxLogitBias && !float.IsNegativeInfinity(bias))
            {
                throw new FeatureNotSupportedException(
                    $"{Protocol} servers take a LogitBias from -{CompletionRequest.MaxLogitBias} to {CompletionRequest.MaxLogitBias}, or negative infinity; that of token {tokenId} is {bias}.");
            }
        }
    }

    public override async Task GenerateAsync(string requestId, ServerRequest request, ServerResponse response, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/completions")
        {
            Content = CompletionRequest.ToContent(request, _configuredModelId ?? _modelId ?? "model"),
        };
        using var answer = await SendAsync(message, cancellationToken).ConfigureAwait(false);
        await HttpFailure.RequireEventsAsync(answer, cancellationToken).ConfigureAwait(false);
        try
        {
            using var events = new EventReader(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _maxEventSize);
            await ReadAsync(events, new CompletionResponse(response), response, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw HttpFailure.From(exception);
        }
    }

    /// <summary>Nothing to tell: closing the connection is all there is, and the server notices within a second.</summary>
    public override Task AbortAsync(string requestId, CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose() => _client.Dispose();

    private static HttpClient CreateClient(ServerAddress address, TensorRtLlmOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout,

            // A response that is left before its end is cut off at once: that is what stops the server.
            MaxResponseDrainSize = 0,

            // The server closes idle connections after 5 seconds; a request must not meet that.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(3),
            UseCookies = false,
            UseProxy = false,
        };
        options.ConfigureTls?.Invoke(handler.SslOptions);
        var client = new HttpClient(handler) { BaseAddress = address.HttpUri, Timeout = Timeout.InfiniteTimeSpan };
        if (options.BearerToken is { } token)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    private static async Task ReadAsync(EventReader events, CompletionResponse completion, ServerResponse response, CancellationToken cancellationToken)
    {
        while (!completion.IsDone && !response.IsEndedHere)
        {
            if (!await events.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new ServerFailureException(ServerFailureKind.Protocol, $"ended the stream after {response.Received} tokens without a final message, [DONE]");
            }

            while (!completion.IsDone && !response.IsEndedHere && events.TryRead(out var data))
            {
                completion.Read(data);
            }

            response.Flush();
        }

        if (completion.IsDone)
        {
            await ReadToEndAsync(events, cancellationToken).ConfigureAwait(false);
        }
    }

    // The answer is complete. What is left is the end of the body, without which the connection could not be used again.
    private static async Task ReadToEndAsync(EventReader events, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(EndTimeout);
        try
        {
            while (await events.FillAsync(timeout.Token).ConfigureAwait(false))
            {
                events.Clear();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Then the connection is closed.
        }
    }

    private static string? ModelIdOf(JsonElement models) =>
        models.ValueKind == JsonValueKind.Object
            && models.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array && data.GetArrayLength() > 0
            && data[0].ValueKind == JsonValueKind.Object && data[0].TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : throw new ServerFailureException(ServerFailureKind.Protocol, "does not list a model at /v1/models");

    private async Task<string> AskVersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var version = await GetJsonAsync("version", cancellationToken).ConfigureAwait(false);
            return version.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("version", out var text) ? text.ToString() : "unknown";
        }
        catch (ServerFailureException failure) when (failure.Kind != ServerFailureKind.Unavailable)
        {
            // A proxy may pass on the OpenAI routes only.
            return "unknown";
        }
    }

    private async Task<JsonDocument> GetJsonAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken).ConfigureAwait(false);
        await HttpFailure.RequireSuccessAsync(response, cancellationToken).ConfigureAwait(false);
        try
        {
            var content = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return JsonDocument.Parse(content);
        }
        catch (JsonException exception)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"answered something else than JSON at /{path}", exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw HttpFailure.From(exception);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw HttpFailure.From(exception);
        }
    }
}

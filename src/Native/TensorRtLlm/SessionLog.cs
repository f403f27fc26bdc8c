using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>What a session logs: servers that come and go, and what it does about it. Never prompts or answers.</summary>
internal sealed partial class SessionLog(ILoggerFactory? factory)
{
    private readonly ILogger _logger = factory?.CreateLogger("LlamaFp4.TensorRtLlm") ?? NullLogger.Instance;

    [LoggerMessage(1, LogLevel.Information, "The {Server} is in use: {Engine} {Version}, {Parallelism}.")]
    public partial void ServerUp(string server, string engine, string version, string? parallelism);

    [LoggerMessage(2, LogLevel.Warning, "The {Server} is not used for now: {Reason}")]
    public partial void ServerDown(string server, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The {Server} failed its health check once: {Reason}")]
    public partial void HealthCheckFailed(string server, string reason);

    [LoggerMessage(4, LogLevel.Warning, "The {Server} {Reason} before the first token; the request is sent again.")]
    public partial void RequestSentAgain(string server, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The {Server} does not enforce guides ({Reason}), so requests with guides are refused. Is guided_decoding_backend set?")]
    public partial void GuidesNotEnforced(string server, string reason);

    [LoggerMessage(6, LogLevel.Warning, "The bearer token goes to {Server} in the clear.")]
    public partial void TokenInTheClear(string server);

    [LoggerMessage(7, LogLevel.Debug, "Aborting a request on the {Server} failed: {Reason}")]
    public partial void AbortFailed(string server, string reason);
}

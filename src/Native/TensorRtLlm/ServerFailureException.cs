using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>What went wrong between a transport and its server. The session turns it into one of the public exceptions.</summary>
/// <param name="kind">What it means.</param>
/// <param name="message">What the server or the connection said, as the end of a sentence that begins with the server's name.</param>
/// <param name="innerException">What was underneath.</param>
internal sealed class ServerFailureException(ServerFailureKind kind, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public ServerFailureKind Kind { get; } = kind;

    /// <summary>The kind as a tag: <c>context_length</c>.</summary>
    public string KindName => JsonNamingPolicy.SnakeCaseLower.ConvertName(Kind.ToString());

    /// <summary>Whether the same request may be sent again, to this or another server, as long as no token has come.</summary>
    public bool IsRetryable { get; init; } = kind is ServerFailureKind.Unavailable or ServerFailureKind.Overloaded;

    /// <summary>Whether nobody listens there, as while a server loads.</summary>
    public bool IsRefused { get; init; }

    /// <summary>A finish reason that is neither a stop nor the limit, in the words that all servers use for it.</summary>
    public static ServerFailureException UnusualEnd(string reason) => reason switch
    {
        "cancelled" => new(ServerFailureKind.Failed, "cancelled the request"),
        "timeout" => new(ServerFailureKind.Failed, "ended the request for its time limit"),
        "" => new(ServerFailureKind.Failed, "ended the request without a reason, as it does when its engine fails"),
        "error" => new(ServerFailureKind.Failed, "reports that the engine gave no output"),
        _ => new(ServerFailureKind.Protocol, $"ended the request with the unknown reason '{reason}'"),
    };

    /// <summary>The exception for callers.</summary>
    /// <param name="server">What to call the server.</param>
    /// <param name="received">How many tokens had come.</param>
    public LlamaFp4Exception ToPublic(string server, int received = 0)
    {
        var message = $"The {server} {Message.TrimEnd('.')}.";
        return (Kind, received) switch
        {
            (ServerFailureKind.ContextLength, 0) => new ContextLengthExceededException(message, this),
            (ServerFailureKind.NotSupported, 0) => new FeatureNotSupportedException(message, this),
            (ServerFailureKind.Overloaded, 0) => new SessionOverloadedException(message, this),
            (ServerFailureKind.Unavailable, 0) => new SessionUnavailableException(message, this),
            (ServerFailureKind.Denied, 0) => new SessionUnavailableException($"{message} Is BearerToken right?", this),
            (_, 0) => new GenerationFailedException(message, this),
            _ => new GenerationFailedException($"{message} {received} tokens had come.", this),
        };
    }
}

/// <summary>What a failure means.</summary>
internal enum ServerFailureKind
{
    /// <summary>Not reached, or the connection was lost.</summary>
    Unavailable,

    /// <summary>It refuses work for now.</summary>
    Overloaded,

    /// <summary>It, or a proxy before it, does not let us in.</summary>
    Denied,

    /// <summary>It finds the request malformed.</summary>
    Rejected,

    /// <summary>Prompt and answer do not fit.</summary>
    ContextLength,

    /// <summary>It lacks the feature or method.</summary>
    NotSupported,

    /// <summary>The engine failed, or ended the request on its own.</summary>
    Failed,

    /// <summary>What came back contradicts the wire format.</summary>
    Protocol,
}

using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>What a gRPC status means. No other place knows status codes.</summary>
internal static class GrpcFailure
{
    public static ServerFailureException From(RpcException exception)
    {
        var isRefused = Inner<SocketException>(exception) is { SocketErrorCode: SocketError.ConnectionRefused };
        var message = IsTooLargeForUs(exception) ? "sent a message that is larger than allowed (MaxMessageSize)"
            : isRefused ? "refuses connections: it is not running, or still loading"
            : exception.Status.DebugException is null ? $"answered {exception.StatusCode}: {exception.Status.Detail}"
            : $"cannot be reached or was lost: {exception.Status.Detail}";
        return new ServerFailureException(KindOf(exception), message, exception) { IsRefused = isRefused };
    }

    private static ServerFailureKind KindOf(RpcException exception) => exception.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ServerFailureKind.Unavailable,

        // Not by us, so the other side is on its way out.
        StatusCode.Cancelled => ServerFailureKind.Unavailable,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => ServerFailureKind.Denied,
        StatusCode.Unimplemented => ServerFailureKind.NotSupported,
        StatusCode.ResourceExhausted => IsAboutSize(exception) ? ServerFailureKind.Protocol : ServerFailureKind.Overloaded,
        _ when ContextLengthMessage.Matches(exception.Status.Detail) => ServerFailureKind.ContextLength,
        StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.FailedPrecondition or StatusCode.AlreadyExists => ServerFailureKind.Rejected,

        _ when Inner<InvalidProtocolBufferException>(exception) is not null => ServerFailureKind.Protocol,

        // A status that no server sent: the connection broke.
        _ when Inner<HttpRequestException>(exception) is not null || Inner<IOException>(exception) is not null => ServerFailureKind.Unavailable,
        _ => ServerFailureKind.Failed,
    };

    // "Received message exceeds the maximum configured message size." is said on this side, "Sent message larger than max (34580057 vs. 33554432)" on the other.
    private static bool IsAboutSize(RpcException exception) => IsTooLargeForUs(exception) || exception.Status.Detail.Contains("larger than max", StringComparison.OrdinalIgnoreCase);

    private static bool IsTooLargeForUs(RpcException exception) => exception.Status.Detail.Contains("message size", StringComparison.OrdinalIgnoreCase);

    private static T? Inner<T>(RpcException exception)
        where T : Exception
    {
        for (Exception? inner = exception.Status.DebugException ?? exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
            {
                return found;
            }
        }

        return null;
    }
}

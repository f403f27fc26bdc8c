using Google.Protobuf;
using Grpc.Core;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Reads answer streams: as fast as the wire delivers, and in gulps.</summary>
internal static class TokenStreams
{
    /// <summary>A call that streams answers, over a channel that gathers their messages.</summary>
    public static Method<T, GatheredMessages> Method<T>(string service, string name)
        where T : class, IMessage<T> => new(
            MethodType.ServerStreaming,
            service,
            name,
            Marshallers.Create<T>(
                static (message, context) =>
                {
                    context.SetPayloadLength(message.CalculateSize());
                    message.WriteTo(context.GetBufferWriter());
                    context.Complete();
                },
                static T (_) => throw new NotSupportedException("Requests are only sent.")),
            Marshallers.Create<GatheredMessages>(
                static (_, _) => throw new NotSupportedException("Responses are only received."),
                static context => new GatheredMessages(context.PayloadAsReadOnlySequence())));

    /// <summary>Reads a call to its end, or to that of the answer.</summary>
    /// <param name="call">Made with <paramref name="cancellationToken"/>.</param>
    /// <param name="response">Shown what has been read after each gulp.</param>
    /// <param name="read">Takes each message.</param>
    /// <param name="cancellationToken">Tells why a call ended; it is the call that it ends.</param>
    public static async Task ReadAsync(AsyncServerStreamingCall<GatheredMessages> call, ServerResponse response, Action<ReadOnlySpan<byte>> read, CancellationToken cancellationToken)
    {
        try
        {
            // Given the token, the stream would register with it anew for each gulp.
            while (!response.IsEndedHere && await call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
            {
                using var messages = call.ResponseStream.Current;
                while (!response.IsEndedHere && messages.TryRead(out var message))
                {
                    read(message);
                }

                response.Flush();
            }
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw GrpcFailure.From(exception);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent a message that cannot be read: {exception.Message}", exception);
        }
        finally
        {
            response.Flush();
        }
    }
}

using System.Buffers;
using Google.Protobuf;
using Grpc.Core;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Reads answer streams: as fast as the wire delivers, and in gulps.</summary>
internal static class TokenStreams
{
    // Messages after which tokens are shown though more are there: a flood must not starve the consumer.
    private const int LongestGulp = 64;

    public static Marshaller<T> RequestMarshaller<T>()
        where T : class, IMessage<T> => Marshallers.Create(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            static T (_) => throw new NotSupportedException("Requests are only sent."));

    public static Marshaller<T> ResponseMarshaller<T>(Func<ReadOnlySequence<byte>, T> read) => Marshallers.Create<T>(
        static (_, _) => throw new NotSupportedException("Responses are only received."),
        context => read(context.PayloadAsReadOnlySequence()));

    /// <summary>Reads a call to its end, or to that of the answer.</summary>
    /// <param name="call">Made with <paramref name="cancellationToken"/>.</param>
    /// <param name="response">Shown what has been read each time the wire has no more.</param>
    /// <param name="read">Takes each message.</param>
    /// <param name="cancellationToken">Tells why a call ended; it is the call that it ends.</param>
    public static async Task ReadAsync<T>(AsyncServerStreamingCall<T> call, ServerResponse response, Action<T> read, CancellationToken cancellationToken)
    {
        try
        {
            for (var gulp = 1; ; gulp++)
            {
                // Given the token, the stream would register with it anew for each message.
                var next = call.ResponseStream.MoveNext(CancellationToken.None);
                if (gulp == LongestGulp || !next.IsCompleted)
                {
                    response.Flush();
                    gulp = 0;
                }

                if (!await next.ConfigureAwait(false))
                {
                    return;
                }

                read(call.ResponseStream.Current);
                if (response.IsEndedHere)
                {
                    return;
                }
            }
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw GrpcFailure.From(exception);
        }
        finally
        {
            response.Flush();
        }
    }
}

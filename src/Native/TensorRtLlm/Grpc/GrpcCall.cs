using Grpc.Core;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Awaits calls so that nothing but <see cref="ServerFailureException"/> and cancellation comes out.</summary>
internal static class GrpcCall
{
    public static async Task<T> AskAsync<T>(AsyncUnaryCall<T> call, CancellationToken cancellationToken)
    {
        using (call)
        {
            try
            {
                return await call.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw GrpcFailure.From(exception);
            }
        }
    }

    public static Task<bool> MoveNextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellationToken)
    {
        // Most of the time the next message is here already.
        var next = stream.MoveNext(cancellationToken);
        return next.IsCompletedSuccessfully ? next : AwaitAsync(next, cancellationToken);
    }

    private static async Task<bool> AwaitAsync(Task<bool> next, CancellationToken cancellationToken)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw GrpcFailure.From(exception);
        }
    }
}

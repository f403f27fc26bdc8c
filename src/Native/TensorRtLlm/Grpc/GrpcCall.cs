using Grpc.Core;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Asks questions so that nothing but <see cref="ServerFailureException"/> and cancellation comes out.</summary>
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
}

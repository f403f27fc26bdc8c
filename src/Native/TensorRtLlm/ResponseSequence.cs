using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>A checked request that is sent when it is enumerated, and anew each time.</summary>
internal sealed class ResponseSequence(ServerPool servers, ServerRequest request, CancellationToken requestToken) : IAsyncEnumerable<TokenDelta>
{
    public IAsyncEnumerator<TokenDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new ResponseStream(servers, request, requestToken, cancellationToken);
}

using System.Net;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Gathers the small messages of answer streams: <see cref="GatheringStream"/>.</summary>
internal sealed class GatheringHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string AcceptedEncodings = "grpc-accept-encoding";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // The prefix that tells whether a message is compressed is hidden in the gathered one.
        request.Headers.Remove(AcceptedEncodings);
        request.Headers.TryAddWithoutValidation(AcceptedEncodings, "identity");
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.Content = new GatheringContent(response.Content);
        return response;
    }

    private sealed class GatheringContent : HttpContent
    {
        private readonly HttpContent _inner;

        public GatheringContent(HttpContent inner)
        {
            _inner = inner;
            foreach (var (name, values) in inner.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override async Task<Stream> CreateContentReadStreamAsync() => new GatheringStream(await _inner.ReadAsStreamAsync().ConfigureAwait(false));

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _inner.CopyToAsync(stream, context);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

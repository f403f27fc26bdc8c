using System.Net;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Reads from the connection whatever has come, so that the many small messages in it cost one read and not two each.</summary>
internal sealed class ReadAheadHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.Content = new ReadAheadContent(response.Content);
        return response;
    }

    private sealed class ReadAheadContent : HttpContent
    {
        private readonly HttpContent _inner;

        public ReadAheadContent(HttpContent inner)
        {
            _inner = inner;
            foreach (var (name, values) in inner.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override async Task<Stream> CreateContentReadStreamAsync() => new ReadAheadStream(await _inner.ReadAsStreamAsync().ConfigureAwait(false));

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

using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using LlamaFp4.Native.TensorRtLlm.Smg;

namespace LlamaFp4.Bench.Wire;

/// <summary>Counts the messages of SMG's stream without reading them: what HTTP/2 itself costs here, and so the least that a client on .NET's handler can.</summary>
internal sealed class FrameClient(Uri endpoint, int connections, int tokensPerMessage) : WireClient
{
    private const int HeaderSize = 5;

    private readonly HttpClient[] _clients = [.. Enumerable.Range(0, connections).Select(_ => new HttpClient(new SocketsHttpHandler
    {
        InitialHttp2StreamWindowSize = 16 * 1024 * 1024,
        UseProxy = false,
    }))];

    private readonly Uri _uri = new($"http://{endpoint.Authority}/trtllm.TrtllmService/Generate");
    private int _next;

    public override async Task<WireRead> ReadAsync(int messages, List<double>? latencies)
    {
        var client = _clients[(uint)Interlocked.Increment(ref _next) % (uint)_clients.Length];
        using var request = new HttpRequestMessage(HttpMethod.Post, _uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(ToFrame(messages * tokensPerMessage)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();

        return await CountAsync(body);
    }

    public override void Dispose() => Array.ForEach(_clients, client => client.Dispose());

    private static byte[] ToFrame(int tokens)
    {
        var message = new GenerateRequest
        {
            RequestId = Guid.NewGuid().ToString("N"),
            Tokenized = new TokenizedInput { InputTokenIds = { Enumerable.Range(1000, 32).Select(id => (uint)id) } },
            SamplingConfig = new SamplingConfig(),
            OutputConfig = new OutputConfig(),
            MaxTokens = (uint)tokens,
            Streaming = true,
            IgnoreEos = true,
        };
        var frame = new byte[HeaderSize + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - HeaderSize);
        message.WriteTo(frame.AsSpan(HeaderSize));
        return frame;
    }

    private static async Task<WireRead> CountAsync(Stream body)
    {
        var buffer = new byte[16 * 1024];
        var (count, held, waits) = (0, 0, 0);
        while (await Counted(body.ReadAsync(buffer.AsMemory(held)), ref waits) is var read and > 0)
        {
            held += read;
            var start = 0;
            while (held - start >= HeaderSize && Size(buffer, start) is var size && held - start >= size)
            {
                start += size;
                count++;
            }

            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
        }

        // The last message repeats the whole and holds no new token.
        return new WireRead(count - 1, waits);
    }

    private static int Size(byte[] buffer, int start) => HeaderSize + BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start + 1));
}

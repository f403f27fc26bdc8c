using Grpc.Core;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.TensorRtLlm.Smg;

/// <summary>A server of <c>trtllm-serve --grpc</c>: service <c>trtllm.TrtllmService</c>.</summary>
internal sealed class SmgConnection(ServerAddress address, TensorRtLlmOptions options) : ServerConnection(address)
{
    // Everything else of the seam has no field, or one that the server ignores: cache salt and priority. Logit bias has a field, embedding_bias,
    // but the server wants it as long as the tokenizer's vocab_size (128,000 for Llama 3.1), while the engine adds it to 128,256 logits.
    private const SessionFeatures Features = SessionFeatures.LogProbabilities | GuideText.Features;

    private static readonly Method<GenerateRequest, GatheredMessages> Generate = TokenStreams.Method<GenerateRequest>(TrtllmService.Descriptor.FullName, "Generate");

    private readonly GrpcChannels _channels = new(address, options);

    public override string Protocol => "SMG";

    public override async Task<ServerDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var control = Client(_channels.Control);
        var server = await GrpcCall.AskAsync(control.GetServerInfoAsync(new GetServerInfoRequest(), _channels.Headers, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        var model = await GrpcCall.AskAsync(control.GetModelInfoAsync(new GetModelInfoRequest(), _channels.Headers, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new ServerDescription
        {
            EngineName = server.Backend.Length > 0 ? server.Backend : "tensorrt-llm",
            EngineVersion = server.Version,
            ModelId = model.ModelId.Length > 0 ? Path.GetFileName(model.ModelId.TrimEnd('/')) : null,
            VocabularySize = Known(model.VocabSize),
            ContextLength = ContextLengthOf(model),
            MaxConcurrentRequests = Known(model.MaxBatchSize),
            Parallelism = $"TP {server.TensorParallelSize}, PP {server.PipelineParallelSize}",
            Features = Features,
            IgnoresGuidesSilently = true,
        };
    }

    public override async Task CheckHealthAsync(CancellationToken cancellationToken)
    {
        var health = await GrpcCall.AskAsync(Client(_channels.Control).HealthCheckAsync(new HealthCheckRequest(), _channels.Headers, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (health.Status != "OK")
        {
            throw new ServerFailureException(ServerFailureKind.Unavailable, $"says that it is unwell: {health.Status}");
        }
    }

    public override void Require(ServerRequest request, ServerDescription description)
    {
        // All that this wire format lacks is missing among its features.
    }

    public override async Task GenerateAsync(string requestId, ServerRequest request, ServerResponse response, CancellationToken cancellationToken)
    {
        var options = new CallOptions(_channels.Headers, null, cancellationToken);
        using var call = _channels.Next().AsyncServerStreamingCall(Generate, null, options, SmgRequest.Of(requestId, request));
        await TokenStreams.ReadAsync(call, response, new SmgResponse(requestId, response).Read, cancellationToken).ConfigureAwait(false);
    }

    public override Task AbortAsync(string requestId, CancellationToken cancellationToken) =>
        GrpcCall.AskAsync(Client(_channels.Control).AbortAsync(new AbortRequest { RequestId = requestId }, _channels.Headers, null, cancellationToken), cancellationToken);

    public override void Dispose() => _channels.Dispose();

    private static TrtllmService.TrtllmServiceClient Client(CallInvoker invoker) => new(invoker);

    // Started without --max_seq_len, a server tells its max_input_len instead, 1,024 unless set, while its engine takes what the model can.
    private static int? ContextLengthOf(GetModelInfoResponse model) => model.MaxSeqLen == model.MaxInputLen ? null : Known(model.MaxSeqLen);

    // 0 means that the server does not know.
    private static int? Known(int value) => value > 0 ? value : null;
}

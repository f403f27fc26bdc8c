using Grpc.Core;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.Smg;

namespace LlamaFp4.StandIns.Smg;

/// <summary>Service <c>trtllm.TrtllmService</c> as TensorRT-LLM serves it.</summary>
internal sealed class SmgService(StandInServer server) : TrtllmService.TrtllmServiceBase
{
    private const int DefaultInputLength = 1024;

    private StandInBehaviour Behaviour => server.Behaviour;

    public override Task Generate(GenerateRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context) =>
        GrpcStreams.RunAsync(server, request.RequestId, request, context, (record, stop) => GenerateAsync(record, request, responseStream, context, stop));

    public override Task<AbortResponse> Abort(AbortRequest request, ServerCallContext context)
    {
        var found = server.Abort(request.RequestId);
        return Task.FromResult(new AbortResponse { Success = found, Message = $"Request {request.RequestId} {(found ? "aborted" : "not found")}" });
    }

    public override Task<HealthCheckResponse> HealthCheck(HealthCheckRequest request, ServerCallContext context) =>
        Task.FromResult(new HealthCheckResponse { Status = Behaviour.Illness ?? "OK" });

    public override Task<GetModelInfoResponse> GetModelInfo(GetModelInfoRequest request, ServerCallContext context) => Task.FromResult(new GetModelInfoResponse
    {
        ModelId = $"/models/{server.Engine.Model.ModelId}",
        MaxInputLen = DefaultInputLength,

        // Falls back to the other one.
        MaxSeqLen = Behaviour.LacksContextLength ? DefaultInputLength : Behaviour.ContextLength ?? server.Engine.Model.ContextLength,
        VocabSize = Behaviour.VocabularySize ?? server.Engine.Model.VocabularySize,
    });

    public override Task<GetServerInfoResponse> GetServerInfo(GetServerInfoRequest request, ServerCallContext context) => Task.FromResult(new GetServerInfoResponse
    {
        Version = "1.3.0rc27",
        Backend = "tensorrt-llm",
        TensorParallelSize = 8,
        PipelineParallelSize = 1,
        ContextParallelSize = 1,
        WorldSize = 8,
    });

    private async Task GenerateAsync(
        StandInRequest record, GenerateRequest request, IServerStreamWriter<GenerateResponse> stream, ServerCallContext context, CancellationToken stop)
    {
        if (request.Tokenized is null || request.MaxTokens == 0)
        {
            throw new RpcException(request.Tokenized is null
                ? new Status(StatusCode.InvalidArgument, "Missing tokenized input")
                : new Status(StatusCode.Internal, "`max_tokens` (0) must be greater than 0"));
        }

        var complete = new GenerateComplete { PromptTokens = (uint)request.Tokenized.InputTokenIds.Count };
        TokenDelta? end = null;
        try
        {
            await foreach (var step in new StandInGeneration(server.Engine, Behaviour)
                .RunAsync(record, SmgMessages.ToRequest(request, server.Engine.Model, Behaviour), request.IncludeStopTokenInOutput, stop))
            {
                end = step.End;
                await SendAsync(request, step, complete, stream, stop);
                while (Behaviour.FloodsAfter <= record.Sent)
                {
                    await stream.WriteAsync(new GenerateResponse { RequestId = IdOf(request), Chunk = new GenerateStreamChunk() }, stop);
                }

                await GrpcStreams.SendGarbageIfToldAsync(server, record, context);
            }
        }
        catch (OperationCanceledException) when (record.Stop.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            complete.FinishReason = "cancelled";
        }

        if (!Behaviour.OmitsFinal)
        {
            SmgMessages.Finish(complete, end, request, Behaviour);
            for (var i = 0; i < (Behaviour.RepeatsFinal ? 2 : 1); i++)
            {
                await stream.WriteAsync(new GenerateResponse { RequestId = IdOf(request), Complete = complete }, context.CancellationToken);
            }
        }
    }

    private string IdOf(GenerateRequest request) => Behaviour.MistakesRequest ? "another" : request.RequestId;

    private async Task SendAsync(
        GenerateRequest request, StandInStep step, GenerateComplete complete, IServerStreamWriter<GenerateResponse> stream, CancellationToken stop)
    {
        complete.OutputTokenIds.AddRange(step.TokenIds.Select(id => (uint)id));
        complete.Logprobs.AddRange(step.LogProbabilities.Select(SmgMessages.ToLogprob));
        complete.CompletionTokens = (uint)complete.OutputTokenIds.Count;
        var chunk = new GenerateStreamChunk { PromptTokens = complete.PromptTokens, CompletionTokens = complete.CompletionTokens + (Behaviour.Miscounts ? 1u : 0) };
        if (Behaviour.SendsEmptyMessages)
        {
            await stream.WriteAsync(new GenerateResponse { RequestId = IdOf(request), Chunk = chunk.Clone() }, stop);
        }

        if (step.TokenIds.Count > 0 && request.Streaming)
        {
            chunk.TokenIds.AddRange(Behaviour.IsCumulative ? complete.OutputTokenIds : step.TokenIds.Select(id => (uint)id));
            chunk.Logprobs.AddRange(step.LogProbabilities.Select(SmgMessages.ToLogprob));
            await stream.WriteAsync(new GenerateResponse { RequestId = IdOf(request), Chunk = chunk }, stop);
        }
    }
}

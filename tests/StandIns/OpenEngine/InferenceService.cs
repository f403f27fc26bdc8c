using Grpc.Core;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;

namespace LlamaFp4.StandIns.OpenEngine;

/// <summary>Service <c>openengine.v1.Inference</c> as TensorRT-LLM serves it.</summary>
internal sealed class InferenceService(StandInServer server) : Inference.InferenceBase
{
    private StandInBehaviour Behaviour => server.Behaviour;

    public override Task Generate(GenerateRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context) =>
        GrpcStreams.RunAsync(server, request.RequestId, request, context, (record, stop) => GenerateAsync(record, request, responseStream, context, stop));

    private async Task GenerateAsync(
        StandInRequest record, GenerateRequest request, IServerStreamWriter<GenerateResponse> stream, ServerCallContext context, CancellationToken stop)
    {
        OpenEngineMessages.Require(request);
        List<TokenInfo> sent = [];
        TokenDelta? end = null;
        try
        {
            await foreach (var step in new StandInGeneration(server.Engine, Behaviour)
                .RunAsync(record, OpenEngineMessages.ToRequest(request, server.Engine.Model), request.Stopping?.IncludeStopInOutput ?? false, stop))
            {
                end = step.End;
                await SendAsync(request, step, sent, stream, stop);
                while (Behaviour.FloodsAfter <= record.Sent)
                {
                    await stream.WriteAsync(new GenerateResponse { RequestId = IdOf(request), Token = new TokenOutput { OutputIndex = 0 } }, stop);
                }

                await GrpcStreams.SendGarbageIfToldAsync(server, record, context);
            }
        }
        catch (OperationCanceledException) when (record.Stop.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            // Aborted by id: the stream ends with a reason.
        }
        catch (GenerationFailedException exception)
        {
            // Once accepted, a request fails by an event and not by the status.
            record.End(StandInEnd.Failed);
            await stream.WriteAsync(
                new GenerateResponse { RequestId = IdOf(request), Error = new EngineError { Code = ErrorCode.Internal, Message = exception.Message }, Usage = new Usage() },
                context.CancellationToken);
            return;
        }

        if (!Behaviour.OmitsFinal)
        {
            var last = OpenEngineMessages.ToLast(request, end, sent.Count + (Behaviour.Miscounts ? 1 : 0), Behaviour);
            last.RequestId = IdOf(request);
            for (var i = 0; i < (Behaviour.RepeatsFinal ? 2 : 1); i++)
            {
                await stream.WriteAsync(last, context.CancellationToken);
            }
        }
    }

    private string IdOf(GenerateRequest request) => Behaviour.MistakesRequest ? "another" : request.RequestId;

    private async Task SendAsync(GenerateRequest request, StandInStep step, List<TokenInfo> sent, IServerStreamWriter<GenerateResponse> stream, CancellationToken stop)
    {
        var response = new GenerateResponse { RequestId = IdOf(request), Token = new TokenOutput { OutputIndex = 0 } };
        if (Behaviour.SendsEmptyMessages)
        {
            await stream.WriteAsync(response.Clone(), stop);
        }

        if (step.TokenIds.Count > 0)
        {
            var tokens = step.TokenIds.Index().Select(token => OpenEngineMessages.ToToken(token.Item, step.LogProbabilities.ElementAtOrDefault(token.Index))).ToList();
            sent.AddRange(tokens);
            response.Token.Tokens.AddRange(Behaviour.IsCumulative ? sent : tokens);
            await stream.WriteAsync(response, stop);
        }
    }
}

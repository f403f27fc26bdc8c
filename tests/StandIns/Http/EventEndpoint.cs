using System.Text.Json;
using LlamaFp4.Native.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlamaFp4.StandIns.Http;

/// <summary>A route that answers with events: runs the request on the engine and misbehaves as told. How events look is the subclass's.</summary>
internal abstract class EventEndpoint(StandInServer server)
{
    protected StandInServer Server => server;

    protected StandInBehaviour Behaviour => server.Behaviour;

    public async Task RunAsync(HttpContext context, StandInRequest record, JsonElement body)
    {
        var request = ToRequest(body);
        var writer = CreateWriter(context.Response.BodyWriter, body);
        var steps = new StandInGeneration(server.Engine, Behaviour).RunAsync(record, request, writer.KeepsStop, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // The headers go out before the first token.
        await context.Response.StartAsync(context.RequestAborted);
        await WriteAsync(context, record, request, steps, writer);
    }

    protected abstract GenerationRequest ToRequest(JsonElement body);

    protected abstract EventWriter CreateWriter(System.IO.Pipelines.PipeWriter output, JsonElement body);

    private async Task WriteAsync(HttpContext context, StandInRequest record, GenerationRequest request, IAsyncEnumerable<StandInStep> steps, EventWriter writer)
    {
        List<int> sent = [];
        TokenDelta? end = null;
        writer.WriteStart();
        await foreach (var step in steps)
        {
            end = step.End;
            sent.AddRange(step.TokenIds);
            if (Behaviour.SendsEmptyMessages)
            {
                writer.WriteTokens([], []);
            }

            if (step.TokenIds.Count > 0)
            {
                writer.WriteTokens(Behaviour.IsCumulative ? sent : step.TokenIds, step.LogProbabilities);
                await writer.FlushAsync(context.RequestAborted);
            }

            while (Behaviour.FloodsAfter <= record.Sent)
            {
                writer.WriteTokens([], []);
                await writer.FlushAsync(context.RequestAborted);
                context.RequestAborted.ThrowIfCancellationRequested();
            }

            if (Behaviour.GarbageAfter <= sent.Count)
            {
                writer.Write("data: {\"choices\":[{\"index\":0,\"token_i\n\n"u8);
                await writer.FlushAsync(context.RequestAborted);
            }
        }

        if (!Behaviour.OmitsFinal)
        {
            for (var i = 0; i < (Behaviour.RepeatsFinal ? 2 : 1); i++)
            {
                writer.WriteFinish(Behaviour.FinishReason ?? (end?.FinishReason == FinishReason.Stop ? "stop" : "length"), end?.StopTokenId);
            }

            writer.WriteUsage(request.PromptTokenIds.Length, sent.Count + (Behaviour.Miscounts ? 1 : 0), end?.Usage?.CachedPromptTokens ?? 0);
            writer.Write("data: [DONE]\n\n"u8);
        }

        await writer.FlushAsync(context.RequestAborted);
    }
}

using Grpc.Core;
using LlamaFp4.Native.TensorRtLlm.Grpc;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>What only the newest builds of the OpenEngine services do.</summary>
internal static class OpenEngineChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("OpenEngine: does the server leave out the text that nobody asked for (detokenize = false)?", (target, cancellationToken) => AskAsync(target, CountTextsAsync, cancellationToken)),
        new("OpenEngine: does the server tell its load?", (target, cancellationToken) => AskAsync(target, LoadAsync, cancellationToken)),
    ];

    private static async Task<Finding> CountTextsAsync(AcceptanceTarget target, ServerProbe server, GrpcChannels channels, CancellationToken cancellationToken)
    {
        var message = OpenEngineRequest.Of(Guid.NewGuid().ToString("N"), target.Model.ModelId, server.ToRequest(target.Encode("The capital of France is"), 8));
        using var call = new Inference.InferenceClient(channels.Control).Generate(message, channels.Headers, null, cancellationToken);
        var (tokens, texts) = (0, 0);
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            tokens += response.Token?.Tokens.Count ?? 0;
            texts += response.Token?.Text.Length > 0 ? 1 : 0;
        }

        return Finding.PassIf(texts == 0, $"{texts} messages with text among {tokens} tokens");
    }

    private static async Task<Finding> LoadAsync(AcceptanceTarget target, ServerProbe server, GrpcChannels channels, CancellationToken cancellationToken)
    {
        var load = await new Control.ControlClient(channels.Control).GetLoadAsync(new GetLoadRequest(), channels.Headers, null, cancellationToken);
        var blocks = load.HasTotalKvBlocks ? $"{load.UsedKvBlocks} of {load.TotalKvBlocks} KV blocks in use" : "nothing about KV blocks (--openengine-enable-load-metrics)";
        return Finding.PassIf(load.HasRunningRequests, $"{(load.HasRunningRequests ? $"{load.RunningRequests}" : "An unknown number of")} requests run, {blocks}");
    }

    private static async Task<Finding> AskAsync(
        AcceptanceTarget target, Func<AcceptanceTarget, ServerProbe, GrpcChannels, CancellationToken, Task<Finding>> find, CancellationToken cancellationToken)
    {
        if (target.Server is not { Protocol: "OpenEngine" } server)
        {
            return Finding.NotApplicable("The server does not speak OpenEngine");
        }

        using var channels = new GrpcChannels(server.Address, server.Options);
        try
        {
            return await find(target, server, channels, cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            return Finding.NotApplicable("This build does not implement it; the session does not need it");
        }
        catch (RpcException exception)
        {
            return Finding.Fail($"{exception.StatusCode}: {exception.Status.Detail}");
        }
    }
}

using Grpc.Core;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.TensorRtLlm.OpenEngine;

/// <summary>A server of <c>trtllm-serve --grpc --grpc-protocol openengine</c>: services <c>openengine.v1.Inference</c> and <c>openengine.v1.Control</c>.</summary>
internal sealed class OpenEngineConnection(ServerAddress address, TensorRtLlmOptions options) : ServerConnection(address)
{
    // The revision of the schema that openengine.proto was written from.
    private const uint SchemaRevision = 1;
    private const int MaxStopConditions = 64;

    private static readonly Method<GenerateRequest, GatheredMessages> Generate = TokenStreams.Method<GenerateRequest>(Inference.Descriptor.FullName, "Generate");

    private readonly GrpcChannels _channels = new(address, options);

    // The server wants a name and takes any.
    private string _model = options.ModelId ?? "model";

    public override string Protocol => "OpenEngine";

    public override async Task<ServerDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var control = Control();
        ServerInfo server;
        try
        {
            server = await GrpcCall.AskAsync(control.GetServerInfoAsync(new GetServerInfoRequest(), _channels.Headers, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (ServerFailureException failure) when (failure.Kind == ServerFailureKind.NotSupported && Address.IsExplicit)
        {
            // The first builds have Inference only.
            return OpenEngineCapabilities.Unknown;
        }

        RequireSchema(server);
        if (options.ModelId is null && server.SupportedModels.Count > 0)
        {
            _model = server.SupportedModels[0];
        }

        var model = await GrpcCall.AskAsync(control.GetModelInfoAsync(new GetModelInfoRequest { Model = _model }, _channels.Headers, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        return OpenEngineCapabilities.Describe(server, model);
    }

    public override async Task CheckHealthAsync(CancellationToken cancellationToken)
    {
        HealthResponse health;
        try
        {
            health = await GrpcCall.AskAsync(Control().HealthAsync(new HealthRequest { Model = _model }, _channels.Headers, null, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (ServerFailureException failure) when (failure.Kind == ServerFailureKind.NotSupported)
        {
            // It answers: more cannot be known of a server without Control.
            return;
        }

        if (health.State != HealthState.Ready)
        {
            var checks = health.Checks.Where(check => check.State != HealthState.Ready).Select(check => $"{check.Name} is {check.State}: {check.Message}");
            throw new ServerFailureException(ServerFailureKind.Unavailable, $"says that it is {health.State}. {string.Join("; ", checks)}");
        }
    }

    public override void Require(ServerRequest request, ServerDescription description)
    {
        if (request.SentStopTokenIds.Length > MaxStopConditions)
        {
            throw new FeatureNotSupportedException($"{nameof(GenerationRequest.StopTokenIds)} holds {request.SentStopTokenIds.Length} ids, but OpenEngine takes at most {MaxStopConditions}.");
        }

        if (request.SentLogProbabilities > description.MaxLogProbabilities)
        {
            throw new FeatureNotSupportedException($"{nameof(GenerationRequest.LogProbabilities)} asks for {request.SentLogProbabilities} alternatives, but the server gives at most {description.MaxLogProbabilities}.");
        }
    }

    public override async Task GenerateAsync(string requestId, ServerRequest request, ServerResponse response, CancellationToken cancellationToken)
    {
        var callOptions = new CallOptions(_channels.Headers, null, cancellationToken);
        using var call = _channels.Next().AsyncServerStreamingCall(Generate, null, callOptions, OpenEngineRequest.Of(requestId, _model, request));
        await TokenStreams.ReadAsync(call, response, new OpenEngineResponse(requestId, response).Read, cancellationToken).ConfigureAwait(false);
    }

    public override Task AbortAsync(string requestId, CancellationToken cancellationToken) =>
        GrpcCall.AskAsync(Control().AbortAsync(new AbortRequest { RequestId = requestId }, _channels.Headers, null, cancellationToken), cancellationToken);

    public override void Dispose() => _channels.Dispose();

    private static void RequireSchema(ServerInfo server)
    {
        if (server.SchemaRevision == 0 || server.MinimumClientRevision > SchemaRevision)
        {
            throw new ServerFailureException(
                ServerFailureKind.NotSupported,
                $"has OpenEngine schema revision {server.SchemaRevision} and wants clients of revision {server.MinimumClientRevision} or newer; this one has revision {SchemaRevision}");
        }
    }

    private Control.ControlClient Control() => new(_channels.Control);
}

using Grpc.Core;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;
using ModelInfo = LlamaFp4.Native.TensorRtLlm.OpenEngine.ModelInfo;

namespace LlamaFp4.StandIns.OpenEngine;

/// <summary>Service <c>openengine.v1.Control</c> as TensorRT-LLM serves it.</summary>
internal sealed class ControlService(StandInServer server) : Control.ControlBase
{
    private const string SchemaRelease = "768a93c7b44e40f28c692ad0b471a8f2";

    public override Task<ServerInfo> GetServerInfo(GetServerInfoRequest request, ServerCallContext context)
    {
        GrpcStreams.RequireControl(server);
        return Task.FromResult(new ServerInfo
        {
            EngineName = "tensorrt_llm",
            EngineVersion = "1.3.0rc29",
            SupportedModels = { server.Engine.Model.ModelId },
            Parallelism = new ParallelismInfo { TensorParallelSize = 8, PipelineParallelSize = 1 },
            SchemaRevision = 1,
            MinimumClientRevision = 1,
            SchemaRelease = SchemaRelease,
            Capacity = new DeploymentCapacity { MaxRunningRequests = 64, MaxBatchedTokens = 8192 },
        });
    }

    public override Task<ModelInfo> GetModelInfo(GetModelInfoRequest request, ServerCallContext context)
    {
        var info = new ModelInfo
        {
            ModelId = server.Engine.Model.ModelId,
            ServedModelName = server.Engine.Model.ModelId,
            SupportsTextInput = true,
            SupportsTokenIdsInput = true,
            SupportsLora = false,
            SupportsMultimodal = false,
            Generation = new GenerationCapabilities
            {
                OutputLogprobs = new LogprobCapabilities { Supported = true, MaxTopN = 8, CandidateSelectionModes = { CandidateTokenSelectionMode.TopN } },
                GuidedDecoding = Guides(),
                SupportsPriority = false,
                SupportsStopInOutput = true,
                SupportsCacheSalt = true,
                SupportsPrefixCacheBypass = false,
            },
        };
        if (!server.Behaviour.LacksContextLength)
        {
            info.MaxContextLength = (uint)(server.Behaviour.ContextLength ?? server.Engine.Model.ContextLength);
        }

        return Task.FromResult(info);
    }

    public override Task<HealthResponse> Health(HealthRequest request, ServerCallContext context)
    {
        GrpcStreams.RequireControl(server);
        var model = new HealthCheck { Name = "model", State = server.Behaviour.Illness is null ? HealthState.Ready : HealthState.NotReady, Message = server.Behaviour.Illness ?? "" };
        return Task.FromResult(new HealthResponse { State = model.State, Checks = { new HealthCheck { Name = "grpc", State = HealthState.Ready, Message = "serving" }, model } });
    }

    public override Task<AbortResponse> Abort(AbortRequest request, ServerCallContext context) => Task.FromResult(new AbortResponse
    {
        Status = server.Abort(request.RequestId) ? AbortStatus.Aborted : AbortStatus.AlreadyFinished,
        Message = request.RequestId,
    });

    // Without a back-end the server says so, and refuses guides.
    private GuidedDecodingCapabilities Guides()
    {
        if (server.Behaviour.IgnoresGuides)
        {
            return new GuidedDecodingCapabilities { Supported = false };
        }

        var features = server.Engine.Model.Features;
        var guides = new GuidedDecodingCapabilities
        {
            Supported = true,
            Modes = { GuidedDecodingMode.JsonSchema, GuidedDecodingMode.Regex, GuidedDecodingMode.StructuralTag, GuidedDecodingMode.JsonObject },
        };
        if (features.HasFlag(SessionFeatures.EbnfGuide))
        {
            guides.Modes.Add(GuidedDecodingMode.EbnfGrammar);
        }

        return guides;
    }
}

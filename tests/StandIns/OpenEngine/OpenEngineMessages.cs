using Grpc.Core;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;
using FinishReason = LlamaFp4.Native.TensorRtLlm.OpenEngine.FinishReason;

namespace LlamaFp4.StandIns.OpenEngine;

/// <summary>OpenEngine's messages ⇄ the engine's terms, as TensorRT-LLM's servicer reads and writes them.</summary>
internal static class OpenEngineMessages
{
    public static void Require(GenerateRequest request)
    {
        var complaint = request switch
        {
            { RequestId.Length: 0 } => "request_id must be non-empty",
            { Model.Length: 0 } => "model must be non-empty",
            { TokenIds: null } => "exactly one of prompt or token_ids must be set",
            { Stopping.Conditions.Count: > 64 } => "at most 64 stopping conditions are supported",
            _ => null,
        };
        if (complaint is not null)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, complaint));
        }
    }

    public static GenerationRequest ToRequest(GenerateRequest request, Native.Sessions.ModelInfo model)
    {
        var sampling = request.Sampling ?? new SamplingParams();
        var stopping = request.Stopping ?? new StoppingOptions();
        return new GenerationRequest
        {
            PromptTokenIds = request.TokenIds.Ids.Select(id => (int)id).ToArray(),
            MaxNewTokens = StandInLimits.NewTokensOf(stopping.HasMaxTokens ? (int)stopping.MaxTokens : null, request.TokenIds.Ids.Count, model),
            StopTokenIds = StandInLimits.StopTokensOf(stopping.Conditions.Select(condition => (int)condition.StopTokenId), stopping.IgnoreEos, model),
            LogProbabilities = request.Response is { ReturnOutputLogprobs: true, OutputCandidates.TopN: > 0 } response ? (int)response.OutputCandidates.TopN : null,
            CacheSalt = request.Kv is { HasCacheSalt: true } kv ? kv.CacheSalt : null,
            Guide = request.Guided is { } guided ? ToGuide(guided) : null,
            Sampling = new SamplingParameters
            {
                Temperature = sampling.HasTemperature ? (float)sampling.Temperature : 1,
                TopP = sampling.HasTopP ? (float)sampling.TopP : 1,
                TopK = sampling.HasTopK ? sampling.TopK : 0,
                MinP = sampling.HasMinP ? (float)sampling.MinP : null,
                RepetitionPenalty = sampling.HasRepetitionPenalty ? (float)sampling.RepetitionPenalty : null,
                PresencePenalty = sampling.HasPresencePenalty ? (float)sampling.PresencePenalty : null,
                FrequencyPenalty = sampling.HasFrequencyPenalty ? (float)sampling.FrequencyPenalty : null,
                Seed = sampling.HasSeed ? unchecked((long)sampling.Seed) : null,
            },
        };
    }

    public static TokenInfo ToToken(int tokenId, TokenLogProbability? probability)
    {
        var token = new TokenInfo { TokenId = (uint)tokenId };
        if (probability is not null)
        {
            token.Logprob = probability.LogProbability;
            token.Candidates.AddRange(probability.Alternatives.Index()
                .Select(candidate => new LogProb { TokenId = (uint)candidate.Item.TokenId, Logprob = candidate.Item.LogProbability, Rank = (uint)candidate.Index + 1 }));
        }

        return token;
    }

    public static GenerateResponse ToLast(GenerateRequest request, TokenDelta? end, int completionTokens, StandInBehaviour behaviour)
    {
        var finished = new GenerationFinished
        {
            OutputIndex = 0,
            Reason = behaviour.FinishReason is { } told ? Enum.Parse<FinishReason>(told) : end?.FinishReason switch
            {
                Native.Sessions.FinishReason.Stop => FinishReason.Stop,
                Native.Sessions.FinishReason.Length => FinishReason.Length,
                _ => FinishReason.Cancelled,
            },
        };
        if (end?.StopTokenId is { } stop)
        {
            finished.StopMatch = request.Stopping.Conditions.Any(condition => condition.StopTokenId == stop)
                ? new StopMatch { StopTokenId = (uint)stop }
                : new StopMatch { EosTokenId = (uint)stop };
        }

        var prompt = (uint)request.TokenIds.Ids.Count;
        var cached = (uint)(end?.Usage?.CachedPromptTokens ?? 0);
        var usage = new Usage { PromptTokens = prompt, CompletionTokens = (uint)completionTokens, TotalTokens = prompt + (uint)completionTokens, CachedPromptTokens = cached };
        return new GenerateResponse { RequestId = request.RequestId, Finished = finished, Usage = usage };
    }

    private static Guide? ToGuide(GuidedDecoding guided) => guided.GuideCase switch
    {
        GuidedDecoding.GuideOneofCase.JsonObject => StandInGuide.JsonObject(),
        GuidedDecoding.GuideOneofCase.JsonSchema => StandInGuide.JsonSchema(guided.JsonSchema),
        GuidedDecoding.GuideOneofCase.Regex => new RegexGuide(guided.Regex),
        GuidedDecoding.GuideOneofCase.EbnfGrammar => new EbnfGuide(guided.EbnfGrammar),
        GuidedDecoding.GuideOneofCase.StructuralTag => StandInGuide.StructuralTag(guided.StructuralTag),
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, $"guided decoding mode '{guided.GuideCase}' is not supported")),
    };
}

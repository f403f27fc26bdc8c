using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>What a request asks for beyond plain generation, compared with what the servers can do.</summary>
internal static class RequestedFeatures
{
    /// <exception cref="FeatureNotSupportedException">Something cannot be done; the message names it.</exception>
    public static void Require(GenerationRequest request, ModelInfo model)
    {
        var wanted = request.Guide?.Feature ?? SessionFeatures.None;
        wanted |= request.LogProbabilities is null ? SessionFeatures.None : SessionFeatures.LogProbabilities;
        wanted |= request.LogitBias is null or { Count: 0 } ? SessionFeatures.None : SessionFeatures.LogitBias;
        wanted |= request.CacheSalt is null ? SessionFeatures.None : SessionFeatures.CacheSalt;
        wanted |= request.Priority == 0 ? SessionFeatures.None : SessionFeatures.Priority;
        if ((wanted & ~model.Features) is var missing and not SessionFeatures.None)
        {
            throw new FeatureNotSupportedException($"The engine '{model.EngineName}' at {model.Endpoint} does not support {missing}.");
        }
    }
}

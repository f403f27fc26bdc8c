using Google.Protobuf;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;

namespace LlamaFp4.Native.Tests.TensorRtLlm.OpenEngine;

/// <summary>What a server says of itself, and what is believed.</summary>
public sealed class OpenEngineCapabilitiesTests
{
    [Fact]
    public void LimitsThatAreTold_AreTheServers()
    {
        var description = Describe("""{"capacity":{"maxRunningRequests":64}}""", """{"maxContextLength":8192,"generation":{"outputLogprobs":{"maxTopN":20}}}""");

        Assert.Equal((64, 8192, 20), (description.MaxConcurrentRequests, description.ContextLength, description.MaxLogProbabilities));
    }

    [Fact]
    public void LimitOfZero_IsUnknown()
    {
        var description = Describe("""{"capacity":{"maxRunningRequests":0}}""", """{"maxContextLength":0}""");

        Assert.Equal(((int?)null, (int?)null), (description.MaxConcurrentRequests, description.ContextLength));
    }

    [Fact]
    public void LimitBeyondAllCounting_IsTheHighestThatCounts()
    {
        var description = Describe("""{"capacity":{"maxRunningRequests":"18446744073709551615"}}""", """{"maxContextLength":4294967295,"generation":{"outputLogprobs":{"maxTopN":4294967295}}}""");

        Assert.Equal((int.MaxValue, int.MaxValue, int.MaxValue), (description.MaxConcurrentRequests, description.ContextLength, description.MaxLogProbabilities));
    }

    private static ServerDescription Describe(string server, string model) =>
        OpenEngineCapabilities.Describe(JsonParser.Default.Parse<ServerInfo>(server), JsonParser.Default.Parse<ModelInfo>(model));
}

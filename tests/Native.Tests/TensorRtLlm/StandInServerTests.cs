using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>What the tests' own server keeps.</summary>
public sealed class StandInServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_AreKeptUpToANumber_TheNewest()
    {
        await using var model = new ServedModel(StandInProtocol.Smg);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);

        for (var tokens = 1; tokens <= StandInServer.MostKept + 5; tokens++)
        {
            await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(tokens), Cancellation), Cancellation);
        }

        Assert.Equal(StandInServer.MostKept, server.Requests.Count);
        Assert.Contains($"\"maxTokens\": {StandInServer.MostKept + 5},", server.Requests[^1].Json, StringComparison.Ordinal);
        Assert.Contains("\"maxTokens\": 6,", (await server.NextRequestAsync(Cancellation)).Json, StringComparison.Ordinal);
    }
}

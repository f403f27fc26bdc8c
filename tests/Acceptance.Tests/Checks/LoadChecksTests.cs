using LlamaFp4.Acceptance.Checks;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.PocketModel;
using LlamaFp4.StandIns;

namespace LlamaFp4.Acceptance.Tests.Checks;

public class LoadChecksTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StandInProtocol.Smg)]
    [InlineData(StandInProtocol.OpenEngine)]
    [InlineData(StandInProtocol.Http)]
    public async Task StreamAsync_128Streams_AllComeWhole(StandInProtocol protocol)
    {
        await using var server = await ServeAsync(protocol);
        using var session = await ConnectAsync(server);

        var finding = await LoadChecks.StreamAsync(new AcceptanceTarget(session), session, 128, CancellationToken);

        Assert.Equal(Outcome.Pass, finding.Outcome);
        Assert.StartsWith("128 of 128 streams came whole: ", finding.Observed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_StreamThatBreaksOff_IsAFailure()
    {
        await using var server = await ServeAsync(StandInProtocol.Smg);
        using var session = await ConnectAsync(server);
        server.Behaviour.BreaksAfter = 5;

        var results = await new AcceptanceRun(new AcceptanceTarget(session)).RunAsync([LoadChecks.Tasks.First()], null, CancellationToken);

        Assert.Equal(Outcome.Fail, results[0].Finding.Outcome);
        Assert.Contains("The SMG server ", results[0].Finding.Observed, StringComparison.Ordinal);
    }

    private static Task<StandInServer> ServeAsync(StandInProtocol protocol)
    {
        var tokenizer = LlamaTokenizer.Load(PocketCheckpoint.DirectoryPath);
        var model = ReplaySession.CreateModel(tokenizer, contextLength: 4096, 4081, 4084, 4085);
        return StandInServer.StartAsync(protocol, new ReplaySession(tokenizer, model, [.. Enumerable.Range(300, 50)]));
    }

    private static Task<TensorRtLlmSession> ConnectAsync(StandInServer server) => TensorRtLlmSession.ConnectAsync(
        new TensorRtLlmOptions { CheckpointDirectory = PocketCheckpoint.DirectoryPath, Endpoints = { server.Endpoint } }, CancellationToken);
}

using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;
using Microsoft.Extensions.Time.Testing;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>How many requests a server is given, who waits, and how long.</summary>
public sealed class AdmissionTests
{
    private readonly Gate _gate = new();
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RequestBeyondTheLimit_WaitsForItsTurn(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (server, session) = await ConnectAsync(model, 0, options => options.MaxConcurrentRequests = 1);
        var (first, second) = (RunAsync(session), RunAsync(session));
        await server.NextRequestAsync(Cancellation);

        Assert.Equal(2, server.Requests.Count);
        _gate.Open();

        Assert.All(await Task.WhenAll(first, second), answer => Assert.Equal([10, 11, 12], answer.TokenIds));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RequestBeyondTheQueue_IsRefusedAtTheFirstMove(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (_, session) = await ConnectAsync(model, 0, options => (options.MaxConcurrentRequests, options.MaxQueuedRequests) = (1, 1));
        var (first, second) = (RunAsync(session), RunAsync(session));

        await Assert.ThrowsAsync<SessionOverloadedException>(() => RunAsync(session));

        _gate.Open();
        await Task.WhenAll(first, second);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task WaitingRequestThatIsCancelled_IsNeverSent(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (server, session) = await ConnectAsync(model, 0, options => options.MaxConcurrentRequests = 1);
        var first = RunAsync(session);
        using var source = new CancellationTokenSource();
        var second = Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), source.Token), Cancellation);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _gate.Open();
        await first;
        await RunAsync(session);
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task NoFirstTokenInTime_FailsAndStopsTheServer(StandInProtocol wire) =>
        await RequireTimeoutAsync(wire, 0, options => options.FirstTokenTimeout = TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(90), "FirstTokenTimeout");

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task NoFurtherTokenInTime_FailsAndStopsTheServer(StandInProtocol wire) =>
        await RequireTimeoutAsync(wire, 2, options => options.IdleTimeout = TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20), "IdleTimeout");

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task NoEndInTime_FailsAndStopsTheServer(StandInProtocol wire) =>
        await RequireTimeoutAsync(wire, 2, options => options.RequestTimeout = TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), "RequestTimeout");

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task FloodOfMessagesWithoutTokens_IsNoProgress(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(options => (options.TimeProvider, options.IdleTimeout) = (_clock, TimeSpan.FromSeconds(20)), server);
        await server.NextRequestAsync(Cancellation);
        server.Behaviour.FloodsAfter = 1;
        await using var answer = session.GenerateAsync(ServedModel.Tokens(9), Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await answer.MoveNextAsync());
        var move = answer.MoveNextAsync();

        _clock.Advance(TimeSpan.FromSeconds(20));

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(async () => await move);
        Assert.Contains("IdleTimeout", failure.Message, StringComparison.Ordinal);
        Assert.True(await (await server.NextRequestAsync(Cancellation)).Ended.WaitAsync(Cancellation) is StandInEnd.Cancelled or StandInEnd.Aborted);
    }

    private static Task<Collected> RunAsync(TensorRtLlmSession session) => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation);

    private async Task<(StandInServer Server, TensorRtLlmSession Session)> ConnectAsync(ServedModel model, int tokens, Action<TensorRtLlmOptions> configure)
    {
        var server = await model.ServeAsync(new StandInBehaviour { BeforeMessage = _gate.After(tokens) });
        var session = await model.ConnectAsync(
            options =>
            {
                options.TimeProvider = _clock;
                configure(options);
            },
            server);
        await server.NextRequestAsync(Cancellation);
        _gate.Close();
        return (server, session);
    }

    private async Task RequireTimeoutAsync(StandInProtocol wire, int tokens, Action<TensorRtLlmOptions> configure, TimeSpan limit, string option)
    {
        await using var model = new ServedModel(wire);
        var (server, session) = await ConnectAsync(model, tokens, configure);
        await using var answer = session.GenerateAsync(ServedModel.Tokens(9), Cancellation).GetAsyncEnumerator(Cancellation);
        var move = answer.MoveNextAsync();
        var request = await server.NextRequestAsync(Cancellation);
        for (var received = 0; received < tokens; move = answer.MoveNextAsync())
        {
            Assert.True(await move);
            received += answer.Current.TokenIds.Length;
        }

        _clock.Advance(limit - TimeSpan.FromMilliseconds(1));
        Assert.False(move.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        var failure = await Assert.ThrowsAsync<GenerationFailedException>(async () => await move);
        Assert.Contains(option, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"{tokens} tokens", failure.Message, StringComparison.Ordinal);
        Assert.True(await request.Ended.WaitAsync(Cancellation) is StandInEnd.Cancelled or StandInEnd.Aborted);
    }
}

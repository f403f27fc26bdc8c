using System.Diagnostics;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;
using Microsoft.Extensions.Time.Testing;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>Several servers: how requests are spread, and what happens as servers go and come back.</summary>
public sealed class FailoverTests
{
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Requests_GoToTheServerWithTheFewest(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var gate = new Gate();
        var (first, second) = (await ServeAsync(model, gate), await ServeAsync(model, gate));
        var session = await model.ConnectAsync(first, second);
        gate.Close();

        var answers = Enumerable.Range(0, 10).Select(_ => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(2), Cancellation), Cancellation)).ToList();
        for (var i = 0; i < 6; i++)
        {
            await first.NextRequestAsync(Cancellation);
            await second.NextRequestAsync(Cancellation);
        }

        Assert.Equal((6, 6), (first.Requests.Count, second.Requests.Count));
        gate.Open();
        await Task.WhenAll(answers);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ServerThatDies_FailsItsRequestsAndNoOthers(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var gate = new Gate();
        var (first, second) = (await ServeAsync(model, gate, 1), await ServeAsync(model, gate, 1));
        var session = await model.ConnectAsync(WithClock, first, second);
        gate.Close();
        var answers = new[] { session.GenerateAsync(ServedModel.Tokens(3), Cancellation).GetAsyncEnumerator(Cancellation), session.GenerateAsync(ServedModel.Tokens(3), Cancellation).GetAsyncEnumerator(Cancellation) };
        foreach (var answer in answers)
        {
            Assert.True(await answer.MoveNextAsync());
        }

        await first.GoAwayAsync();
        gate.Open();

        var outcomes = await Task.WhenAll(answers.Select(async answer => await Record.ExceptionAsync(async () =>
        {
            while (await answer.MoveNextAsync())
            {
            }
        })));
        var failure = Assert.IsType<GenerationFailedException>(Assert.Single(outcomes, outcome => outcome is not null));
        Assert.Contains(first.Endpoint.OriginalString, failure.Message, StringComparison.Ordinal);
        var later = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation)));
        Assert.All(later, answer => Assert.Equal([10, 11, 12], answer.TokenIds));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ServerThatIsToldToEnd_FinishesWhatItHasBegunAndGetsNothingNew(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var gate = new Gate();
        var server = await model.ServeAsync(new StandInBehaviour { BeforeMessage = gate.After(2) });
        var session = await model.ConnectAsync(server);
        gate.Close();
        await using var answer = session.GenerateAsync(ServedModel.Tokens(5), Cancellation).GetAsyncEnumerator(Cancellation);
        List<int> received = [];
        while (received.Count < 2 && await answer.MoveNextAsync())
        {
            received.AddRange(answer.Current.TokenIds.Span);
        }

        var end = server.ShutDownAsync();
        await Assert.ThrowsAsync<SessionUnavailableException>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));
        gate.Open();
        while (await answer.MoveNextAsync())
        {
            received.AddRange(answer.Current.TokenIds.Span);
        }

        await end;
        Assert.Equal([10, 11, 12, 13, 14], received);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RequestWithoutATokenYet_MovesToAnotherServer(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var gate = new Gate();
        var (first, second) = (await ServeAsync(model, gate), await ServeAsync(model, gate));
        var session = await model.ConnectAsync(WithClock, first, second);
        gate.Close();
        var answers = Enumerable.Range(0, 2).Select(_ => SucceedAsync(session)).ToList();
        await first.NextRequestAsync(Cancellation);
        await first.NextRequestAsync(Cancellation);

        await first.GoAwayAsync();
        gate.Open();

        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal([10, 11, 12], answer.TokenIds));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ServerThatIsBack_IsUsedAgain(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(WithClock, server);
        await server.GoAwayAsync();
        var gone = await Assert.ThrowsAsync<SessionUnavailableException>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));

        await server.ComeBackAsync();

        Assert.Contains(server.Endpoint.OriginalString, gone.Message, StringComparison.Ordinal);
        await AdvanceUntilAsync(() => SucceedsAsync(session));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ServerThatIsUnwellTwice_IsNotUsedUntilItIsWell(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (first, second) = (await model.ServeAsync(), await model.ServeAsync());
        var session = await model.ConnectAsync(WithClock, first, second);
        first.Behaviour.Illness = "Executor is unhealthy";
        second.Behaviour.Illness = "Executor is unhealthy";

        await AdvanceUntilAsync(async () => !await SucceedsAsync(session));
        second.Behaviour.Illness = null;
        var before = first.Requests.Count;

        await AdvanceUntilAsync(() => SucceedsAsync(session));
        Assert.Equal(before, first.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ServerThatIsStillLoading_IsWaitedFor(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        await server.GoAwayAsync();
        var connecting = model.ConnectAsync(
            options =>
            {
                WithClock(options);
                options.StartUpTimeout = Timeout.InfiniteTimeSpan;
            },
            server);

        await server.ComeBackAsync();
        await AdvanceUntilAsync(() => Task.FromResult(connecting.IsCompleted));

        Assert.Equal([10, 11, 12], (await SucceedAsync(await connecting)).TokenIds);
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task ServerThatJoinsLaterWithLess_IsNotUsed(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (first, second) = (await model.ServeAsync(), await model.ServeAsync(new StandInBehaviour { ContextLength = 100 }));
        await second.GoAwayAsync();
        var session = await model.ConnectAsync(WithClock, first, second);

        await second.ComeBackAsync();
        await AdvanceUntilAsync(() => Task.FromResult(second.Requests.Count > 1));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SucceedAsync(session)));

        Assert.Equal(512, session.Model.ContextLength);
        Assert.All(second.Requests, request => Assert.Contains("\"maxTokens\": 1", request.Json, StringComparison.Ordinal));
    }

    private static async Task<bool> SucceedsAsync(TensorRtLlmSession session)
    {
        try
        {
            Assert.Equal([10, 11, 12], (await SucceedAsync(session)).TokenIds);
            return true;
        }
        catch (SessionUnavailableException)
        {
            return false;
        }
    }

    private static Task<Collected> SucceedAsync(TensorRtLlmSession session) => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation);

    private static async Task<StandInServer> ServeAsync(ServedModel model, Gate gate, int tokens = 0) =>
        await model.ServeAsync(new StandInBehaviour { BeforeMessage = gate.After(tokens) });

    // The clock runs ahead of what happens over real connections, so nothing else may depend on it.
    private void WithClock(TensorRtLlmOptions options)
    {
        options.TimeProvider = _clock;
        options.ConnectTimeout = TimeSpan.FromDays(20);
        (options.FirstTokenTimeout, options.IdleTimeout) = (Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // Timers are set by tasks that run meanwhile, so time passes until they have all had their turn.
    private async Task AdvanceUntilAsync(Func<Task<bool>> isDone)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await isDone())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), "It does not happen, however late it gets.");
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, Cancellation);
        }
    }
}

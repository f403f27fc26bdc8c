using System.Diagnostics;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.Native.Tests.Telemetry;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>What a listener on the meter and the source learns of a session over servers, and of the servers.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly string _modelId = Guid.NewGuid().ToString();
    private readonly MeterRecorder _meter;

    public TelemetryTests() => _meter = new MeterRecorder(_modelId);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _meter.Dispose();

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Meter_OneRequest_TellsItsPhasesAndTokens(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var session = await ConnectAsync(model, await model.ServeAsync());

        await GenerateAsync(session, 5);

        Assert.Single(_meter.Of("llamafp4.queue.duration"));
        Assert.True(Assert.Single(_meter.Of("llamafp4.prefill.duration")).Value > 0);
        Assert.True(Assert.Single(_meter.Of("llamafp4.decode.duration")).Value > 0);
        Assert.Equal([ServedModel.Prompt.Length], _meter.Values("llamafp4.prompt.tokens"));
        Assert.Equal([5], _meter.Values("llamafp4.completion.tokens"));
        Assert.Equal([0], _meter.Values("llamafp4.prefix_cache.hit_tokens"));
        var ended = Assert.Single(_meter.Of("llamafp4.requests"));
        Assert.Equal("length", ended.Tags["llamafp4.outcome"]);
        Assert.Equal(session.Model.EngineName, ended.Tags["llamafp4.engine"]);
        Assert.Empty(_meter.Of("llamafp4.server.failures"));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Meter_RequestThatIsLeft_IsCancelledAndAbortedOnItsServer(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { BeforeMessage = (sent, stop) => sent < 2 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop) });
        var session = await ConnectAsync(model, server);
        var answer = session.GenerateAsync(ServedModel.Tokens(9), Cancellation).GetAsyncEnumerator(Cancellation);
        await answer.MoveNextAsync();

        await answer.DisposeAsync();

        var ended = await _meter.FirstAsync("llamafp4.requests", Cancellation);
        Assert.Equal("cancelled", ended.Tags["llamafp4.outcome"]);
        RequireServer(server, Assert.Single(_meter.Of("llamafp4.server.aborts")));
    }

    [Theory]
    [InlineData(StandInProtocol.Smg, "Unavailable", "unavailable")]
    [InlineData(StandInProtocol.OpenEngine, "ResourceExhausted", "overloaded")]
    [InlineData(StandInProtocol.Http, "503", "unavailable")]
    public async Task Meter_RequestThatMovesToAnotherServer_TellsWhichHasFailedItAndHow(StandInProtocol wire, string refusal, string kind)
    {
        await using var model = new ServedModel(wire);
        var (first, second) = (await model.ServeAsync(), await model.ServeAsync());
        var session = await ConnectAsync(model, first, second);
        first.Behaviour.RefusalsLeft = 1;
        first.Behaviour.Refusal = (refusal, "not now");

        await GenerateAsync(session, 1);
        await GenerateAsync(session, 1);

        var failure = Assert.Single(_meter.Of("llamafp4.server.failures"));
        Assert.Equal(kind, failure.Tags["error.type"]);
        RequireServer(first, failure);
        RequireServer(first, Assert.Single(_meter.Of("llamafp4.server.resends")));
        Assert.Equal(["length", "length"], _meter.Of("llamafp4.requests").Select(ended => ended.Tags["llamafp4.outcome"]));
        Assert.Equal(2, _meter.Of("llamafp4.queue.duration").Count);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Meter_ContradictoryAnswer_IsAFailureOfTheProtocol(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(model.Saying(10, 11, 99_999));
        var session = await ConnectAsync(model, server);

        await Assert.ThrowsAsync<GenerationFailedException>(() => GenerateAsync(session, 9));

        Assert.Equal("protocol", Assert.Single(_meter.Of("llamafp4.server.failures")).Tags["error.type"]);
        Assert.Equal("failed", Assert.Single(_meter.Of("llamafp4.requests")).Tags["llamafp4.outcome"]);
        Assert.Equal([2], _meter.Values("llamafp4.completion.tokens"));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Meter_WhileRequestsRun_TellsWhereTheyAre(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var gate = new Gate();
        var server = await model.ServeAsync(new StandInBehaviour { BeforeMessage = gate.After(0) });
        var session = await model.ConnectAsync(
            options =>
            {
                options.ModelId = _modelId;
                options.MaxConcurrentRequests = 1;
                options.MaxQueuedRequests = 1;
            },
            server);
        gate.Close();
        var answers = new[] { GenerateAsync(session, 1), GenerateAsync(session, 1) };
        await Assert.ThrowsAsync<SessionOverloadedException>(() => GenerateAsync(session, 1));

        _meter.Collect();

        Assert.Equal("overloaded", Assert.Single(_meter.Of("llamafp4.requests")).Tags["llamafp4.outcome"]);
        Assert.Equal([1], _meter.Values("llamafp4.requests.running"));
        Assert.Equal([1], _meter.Values("llamafp4.requests.waiting"));
        var onServer = Assert.Single(_meter.Of("llamafp4.server.requests"));
        Assert.Equal(1, onServer.Value);
        RequireServer(server, onServer);
        gate.Open();
        await Task.WhenAll(answers);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Meter_ServerThatDies_IsNotUp(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var (first, second) = (await model.ServeAsync(), await model.ServeAsync());
        var session = await ConnectAsync(model, first, second);
        await first.GoAwayAsync();

        await GenerateAsync(session, 1);
        await GenerateAsync(session, 1);
        _meter.Collect();

        Assert.Equal(
            new Dictionary<object, double> { [first.Endpoint.Port] = 0, [second.Endpoint.Port] = 1 },
            _meter.Of("llamafp4.server.up").ToDictionary(reading => reading.Tags["server.port"]!, reading => reading.Value));
        Assert.Equal("unavailable", Assert.Single(_meter.Of("llamafp4.server.failures")).Tags["error.type"]);
    }

    [Fact]
    public async Task Meter_DisposedSession_IsNotObserved()
    {
        await using var model = new ServedModel(StandInProtocol.Smg);
        var session = await ConnectAsync(model, await model.ServeAsync());

        session.Dispose();
        _meter.Collect();

        Assert.Empty(_meter.Of("llamafp4.requests.running"));
        Assert.Empty(_meter.Of("llamafp4.server.up"));
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Span_OneRequest_HasItsPhases(StandInProtocol wire)
    {
        using var spans = new SpanRecorder(_modelId);
        await using var model = new ServedModel(wire);
        var session = await ConnectAsync(model, await model.ServeAsync());

        await GenerateAsync(session, 3);

        var generate = spans.Single("llamafp4.generate");
        Assert.Equal(["llamafp4.queue", "llamafp4.prefill", "llamafp4.decode"], spans.ChildrenOf(generate).Select(phase => phase.OperationName));
        Assert.Equal("length", generate.GetTagItem("llamafp4.outcome"));
        Assert.Equal(3, generate.GetTagItem("gen_ai.usage.output_tokens"));
        Assert.NotEqual(ActivityStatusCode.Error, generate.Status);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Span_OneRequest_HoldsTheCallsToItsServer(StandInProtocol wire)
    {
        using var spans = new SpanRecorder(_modelId);
        using var calls = new CallRecorder(wire);
        using var consumer = new Activity("consumer").Start();
        await using var model = new ServedModel(wire);
        var session = await ConnectAsync(model, await model.ServeAsync());

        await GenerateAsync(session, 3);

        var generate = spans.Single("llamafp4.generate");
        Assert.Equal(1, calls.CountIn(generate));
        Assert.Equal(consumer.SpanId, generate.ParentSpanId);
        Assert.Same(consumer, Activity.Current);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task Span_RequestThatIsSentAgain_HoldsTheCallsToBothServers(StandInProtocol wire)
    {
        using var spans = new SpanRecorder(_modelId);
        using var calls = new CallRecorder(wire);
        await using var model = new ServedModel(wire);
        var (first, second) = (await model.ServeAsync(), await model.ServeAsync());
        var session = await ConnectAsync(model, first, second);
        first.Behaviour.RefusalsLeft = 1;
        first.Behaviour.Refusal = (wire == StandInProtocol.Http ? "503" : "Unavailable", "not now");

        await GenerateAsync(session, 1);
        await GenerateAsync(session, 1);

        Assert.Equal([1, 2], spans.All("llamafp4.generate").Select(calls.CountIn).Order());
    }

    private Task<TensorRtLlmSession> ConnectAsync(ServedModel model, params StandInServer[] servers) => model.ConnectAsync(options => options.ModelId = _modelId, servers);

    private static Task<Collected> GenerateAsync(TensorRtLlmSession session, int tokens) => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(tokens), Cancellation), Cancellation);

    private static void RequireServer(StandInServer server, Reading reading)
    {
        Assert.Equal("127.0.0.1", reading.Tags["server.address"]);
        Assert.Equal(server.Endpoint.Port, reading.Tags["server.port"]);
    }
}

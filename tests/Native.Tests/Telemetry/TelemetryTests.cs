using System.Diagnostics;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.Native.Tests.Cpu;
using LlamaFp4.Native.Tests.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Telemetry;

/// <summary>What a listener on the meter and the source learns of a session; other tests' sessions are told apart by their model.</summary>
public sealed class TelemetryTests : IDisposable
{
    private readonly CpuSessionDirectory _directory = new();
    private readonly string _model = Guid.NewGuid().ToString();
    private readonly MeterRecorder _meter;

    public TelemetryTests() => _meter = new MeterRecorder(_model);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _meter.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Meter_OneRequest_TellsItsPhasesAndTokens()
    {
        using var session = Load();

        await Collected.FromAsync(session.GenerateAsync(Request(10, 5), Cancellation), Cancellation);

        Assert.Single(_meter.Of("llamafp4.queue.duration"));
        Assert.True(Assert.Single(_meter.Of("llamafp4.prefill.duration")).Value > 0);
        Assert.True(Assert.Single(_meter.Of("llamafp4.decode.duration")).Value > 0);
        Assert.True(Assert.Single(_meter.Of("llamafp4.decode.rate")).Value > 0);
        Assert.Equal([10], _meter.Values("llamafp4.prompt.tokens"));
        Assert.Equal([5], _meter.Values("llamafp4.completion.tokens"));
        Assert.Equal([0], _meter.Values("llamafp4.prefix_cache.hit_tokens"));
        var ended = Assert.Single(_meter.Of("llamafp4.requests"));
        Assert.Equal("length", ended.Tags["llamafp4.outcome"]);
        Assert.Equal("cpu", ended.Tags["llamafp4.engine"]);
    }

    [Fact]
    public async Task Meter_EveryStep_TellsItsRequestsAndTokens()
    {
        using var session = Load();

        await Collected.FromAsync(session.GenerateAsync(Request(10, 3), Cancellation), Cancellation);

        Assert.Equal([1, 1, 1], _meter.Values("llamafp4.batch.size"));
        Assert.Equal([10, 1, 1], _meter.Values("llamafp4.batch.tokens"));
        Assert.Equal(3, _meter.Of("llamafp4.step.duration").Count);
    }

    [Fact]
    public async Task Meter_SamePromptAgain_TellsWhatThePrefixCacheSaved()
    {
        using var session = Load();
        await Collected.FromAsync(session.GenerateAsync(Request(40, 1), Cancellation), Cancellation);

        await Collected.FromAsync(session.GenerateAsync(Request(40, 1), Cancellation), Cancellation);

        Assert.Equal([0, 39], _meter.Values("llamafp4.prefix_cache.hit_tokens"));
        Assert.Equal([40, 40], _meter.Values("llamafp4.prompt.tokens"));
    }

    [Fact]
    public async Task Meter_Collected_TellsQueueAndCacheAsTheyAre()
    {
        using var gate = new StepGate();
        using var session = Load(new CpuSessionOptions { KvCacheTokens = 320, MaxConcurrentRequests = 1, StepStarting = gate.Pass });
        var running = Collected.FromAsync(session.GenerateAsync(Request(40, 1), Cancellation), Cancellation);
        await gate.ArrivedAsync(Cancellation);
        var waiting = Collected.FromAsync(session.GenerateAsync(Request(5, 1), Cancellation), Cancellation);

        _meter.Collect();

        Assert.Equal([1], _meter.Values("llamafp4.requests.waiting"));
        Assert.Equal([1], _meter.Values("llamafp4.requests.running"));
        Assert.Equal([0.2], _meter.Values("llamafp4.kv_cache.usage"));
        Assert.Equal([0.2], _meter.Values("llamafp4.kv_cache.filled"));
        gate.Open();
        await Task.WhenAll(running, waiting);
    }

    [Fact]
    public async Task Meter_RequestsThatDoNotEnd_TellWhy()
    {
        using var gate = new StepGate();
        var session = Load(new CpuSessionOptions { MaxConcurrentRequests = 1, MaxQueuedRequests = 1, StepStarting = gate.Pass });
        using var source = new CancellationTokenSource();
        var running = Collected.FromAsync(session.GenerateAsync(Request(4, 100), Cancellation), Cancellation);
        await gate.ArrivedAsync(Cancellation);
        var cancelled = Collected.FromAsync(session.GenerateAsync(Request(4, 4), source.Token), Cancellation);

        await Assert.ThrowsAsync<SessionOverloadedException>(() => Collected.FromAsync(session.GenerateAsync(Request(4, 4), Cancellation), Cancellation));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        gate.Open();
        session.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);

        Assert.Equal(["overloaded", "cancelled", "failed"], _meter.Of("llamafp4.requests").Select(ended => ended.Tags["llamafp4.outcome"]));
    }

    [Fact]
    public void Meter_SessionDisposed_IsObservedNoMore()
    {
        var session = Load();
        session.Dispose();

        _meter.Collect();

        Assert.Empty(_meter.Of("llamafp4.requests.waiting"));
    }

    [Fact]
    public async Task Source_OneRequest_GivesASpanWithItsPhasesUnderTheConsumersOwn()
    {
        using var spans = new SpanRecorder(_model);
        using var session = Load();
        using var parent = new Activity("consumer").Start();

        await Collected.FromAsync(session.GenerateAsync(Request(10, 5), Cancellation), Cancellation);

        Assert.Same(parent, Activity.Current);
        var generate = spans.Single("llamafp4.generate");
        Assert.Equal(parent.SpanId, generate.ParentSpanId);
        Assert.Equal("length", generate.GetTagItem("llamafp4.outcome"));
        Assert.Equal(10, generate.GetTagItem("gen_ai.usage.input_tokens"));
        Assert.Equal(5, generate.GetTagItem("gen_ai.usage.output_tokens"));
        var phases = spans.ChildrenOf(generate);
        Assert.Equal(["llamafp4.queue", "llamafp4.prefill", "llamafp4.decode"], phases.Select(phase => phase.OperationName));
        Assert.Equal(generate.Duration, phases.Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase.Duration));
    }

    [Fact]
    public async Task Source_RequestThatFails_IsAnErrorSpan()
    {
        using var spans = new SpanRecorder(_model);
        using var session = Load(new CpuSessionOptions { StepStarting = () => throw new InvalidOperationException("lost a page") });

        await Assert.ThrowsAsync<GenerationFailedException>(() => Collected.FromAsync(session.GenerateAsync(Request(10, 5), Cancellation), Cancellation));

        var generate = spans.Single("llamafp4.generate");
        Assert.Equal(ActivityStatusCode.Error, generate.Status);
        Assert.Equal(typeof(GenerationFailedException).FullName, generate.GetTagItem("error.type"));
    }

    [Fact]
    public void Names_AreThoseOfTheDocs()
    {
        Assert.Equal("LlamaFp4", LlamaFp4Telemetry.MeterName);
        Assert.Equal("LlamaFp4", LlamaFp4Telemetry.ActivitySourceName);
    }

    private CpuSession Load(CpuSessionOptions? options = null)
    {
        options ??= new CpuSessionOptions();
        options.ModelId = _model;
        options.ThreadCount = 1;
        return _directory.Load(options);
    }

    private static GenerationRequest Request(int promptLength, int maxNewTokens) => new()
    {
        PromptTokenIds = Enumerable.Range(4, promptLength).ToArray(),
        MaxNewTokens = maxNewTokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = 0 },
    };
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

/// <summary>Queue, slots and their release, with the engine held before each step.</summary>
public sealed class SchedulerTests : IDisposable
{
    private readonly CpuSessionDirectory _directory = new();
    private readonly StepGate _gate = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _directory.Dispose();
        _gate.Dispose();
    }

    [Fact]
    public async Task MoveNextAsync_QueueFull_ThrowsOverloaded()
    {
        using var session = Load(concurrent: 1, queued: 1);
        var running = Start(session, 2);
        await _gate.ArrivedAsync(Cancellation);
        var waiting = Start(session, 2);

        var exception = await Assert.ThrowsAsync<SessionOverloadedException>(() => Start(session, 2));

        Assert.Contains("1 requests are running and 1 waiting", exception.Message, StringComparison.Ordinal);
        _gate.Open();
        Assert.Equal(2, (await running).TokenIds.Count);
        Assert.Equal(2, (await waiting).TokenIds.Count);
    }

    [Fact]
    public async Task Health_TellsHowBusyItIs()
    {
        using var session = Load(concurrent: 1, queued: 1);
        var running = Start(session, 2);
        await _gate.ArrivedAsync(Cancellation);
        var before = session.Health;
        var waiting = Start(session, 2);
        var full = session.Health;
        _gate.Open();
        await Task.WhenAll(running, waiting);

        Assert.True(before is { IsUsable: true, HasRoom: true });
        Assert.True(full is { IsUsable: true, HasRoom: false });
        Assert.Equal("1 of at most 1 requests running, 1 of at most 1 waiting", full.Description);
        Assert.True(session.Health.HasRoom);
        session.Dispose();
        Assert.False(session.Health.IsUsable);
    }

    [Fact]
    public async Task MoveNextAsync_NoQueue_StillRunsWhatFits()
    {
        using var session = Load(concurrent: 2, queued: 0);
        _gate.Open();

        var results = await Task.WhenAll(Start(session, 3), Start(session, 3));

        Assert.All(results, result => Assert.Equal(3, result.TokenIds.Count));
    }

    [Fact]
    public async Task Cancel_WhileWaiting_FreesThePlaceAtOnce()
    {
        using var session = Load(concurrent: 1, queued: 1);
        using var source = new CancellationTokenSource();
        var running = Start(session, 2);
        await _gate.ArrivedAsync(Cancellation);
        var waiting = Start(session, Request(2), source);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var next = Start(session, 4);
        _gate.Open();
        Assert.Equal(2, (await running).TokenIds.Count);
        Assert.Equal(4, (await next).TokenIds.Count);
    }

    [Fact]
    public async Task Cancel_DuringPrefill_FreesTheSlotBeforeTheNextStep()
    {
        using var session = Load(concurrent: 1, queued: 8);
        using var source = new CancellationTokenSource();
        var prefilling = Start(session, Request(2, promptLength: 400), source);
        await _gate.ArrivedAsync(Cancellation);
        var next = Start(session, 1);

        // Step 1 computes the first 256 tokens of the prompt; step 2 would compute the rest.
        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => prefilling);
        _gate.Permit();

        // Step 3 is the other request's only one.
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        Assert.Single((await next).TokenIds);
    }

    [Fact]
    public async Task Cancel_DuringDecode_FreesTheSlotBeforeTheNextStep()
    {
        using var session = Load(concurrent: 1, queued: 8);
        using var source = new CancellationTokenSource();
        var decoding = Start(session, Request(400), source);
        await _gate.ArrivedAsync(Cancellation);
        var next = Start(session, 1);
        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => decoding);

        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        Assert.Single((await next).TokenIds);
    }

    [Fact]
    public async Task Step_HigherPriority_StartsFirstAndEqualsInOrderOfArrival()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var first = Start(session, 1);
        await _gate.ArrivedAsync(Cancellation);
        var unfinished = new Dictionary<Task, string>
        {
            [first] = "running",
            [Start(session, 1, priority: -1)] = "low",
            [Start(session, 1)] = "normal 1",
            [Start(session, 1)] = "normal 2",
            [Start(session, 1, priority: 5)] = "high",
        };
        var finished = new List<string>();

        // Each needs one step, and the engine stands still between two.
        while (unfinished.Count > 0)
        {
            _gate.Permit();
            var next = await Task.WhenAny(unfinished.Keys);
            unfinished.Remove(next, out var name);
            finished.Add(name!);
            await (unfinished.Count > 0 ? _gate.ArrivedAsync(Cancellation) : Task.CompletedTask);
        }

        Assert.Equal(["running", "high", "normal 1", "normal 2", "low"], finished);
    }

    [Fact]
    public async Task Step_LongPrompt_LetsRunningRequestsGoOn()
    {
        using var session = Load(concurrent: 2, queued: 8);
        var running = session.GenerateAsync(Request(20), Cancellation).GetAsyncEnumerator(Cancellation);
        var firstToken = running.MoveNextAsync();
        await _gate.ArrivedAsync(Cancellation);
        var prefilling = Start(session, 1, promptLength: 500);
        _gate.Permit();
        Assert.True(await firstToken);
        await _gate.ArrivedAsync(Cancellation);

        // 500 tokens take two steps; after the first the other request has its next token, and the long one none.
        _gate.Permit();
        Assert.True(await running.MoveNextAsync());
        Assert.False(prefilling.IsCompleted);

        _gate.Open();
        Assert.Single((await prefilling).TokenIds);
        await running.DisposeAsync();
    }

    [Fact]
    public async Task Step_Failing_EndsItsRequestsAndTheSessionGoesOn()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var failing = Start(session, 5);
        await _gate.ArrivedAsync(Cancellation);
        var next = Start(session, 3);

        _gate.Fail(new InvalidOperationException("lost a page"));

        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => failing);
        Assert.Contains("lost a page", exception.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(exception.InnerException);
        _gate.Open();
        Assert.Equal(3, (await next).TokenIds.Count);
    }

    [Fact]
    public async Task Step_NothingMayBeGenerated_FailsThatRequestOnly()
    {
        using var session = Load(concurrent: 2, queued: 8);
        _gate.Open();
        var forbidden = new GenerationRequest
        {
            PromptTokenIds = new[] { 9, 8 },
            LogitBias = Enumerable.Range(0, CpuSessionDirectory.VocabularySize).ToDictionary(id => id, _ => float.NegativeInfinity),
        };

        var other = Start(session, 30);
        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => Collected.FromAsync(session.GenerateAsync(forbidden, Cancellation), Cancellation));

        Assert.Contains("forbidden", exception.Message, StringComparison.Ordinal);
        Assert.Equal(30, (await other).TokenIds.Count);
    }

    [Fact]
    public async Task MoveNextAsync_SlowConsumer_GetsWhatGatheredInOneDelta()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var deltas = session.GenerateAsync(Request(4), Cancellation).GetAsyncEnumerator(Cancellation);
        var first = deltas.MoveNextAsync();
        for (var step = 0; step < 3; step++)
        {
            await _gate.ArrivedAsync(Cancellation);
            _gate.Permit();
        }

        await _gate.ArrivedAsync(Cancellation);
        Assert.True(await first);
        Assert.Equal(1, deltas.Current.TokenIds.Length);
        Assert.True(await deltas.MoveNextAsync());
        Assert.Equal(2, deltas.Current.TokenIds.Length);
        Assert.Null(deltas.Current.FinishReason);
        _gate.Open();
        Assert.True(await deltas.MoveNextAsync());
        await deltas.DisposeAsync();
    }

    [Fact]
    public async Task GenerateAsync_NeverEnumerated_TakesNoPlace()
    {
        using var session = Load(concurrent: 1, queued: 0);
        _gate.Open();

        _ = session.GenerateAsync(Request(100), Cancellation);

        Assert.Equal(2, (await Start(session, 2)).TokenIds.Count);
    }

    [Fact]
    public async Task MoveNextAsync_UnboundedQueue_TakesRequests()
    {
        using var session = Load(concurrent: 1, queued: int.MaxValue);
        _gate.Open();

        var results = await Task.WhenAll(Start(session, 2), Start(session, 2));

        Assert.All(results, result => Assert.Equal(2, result.TokenIds.Count));
    }

    [Fact]
    public async Task MoveNextAsync_NoQueueAndOneAfterTheOther_FindsTheSlotOfTheOneBefore()
    {
        using var session = Load(concurrent: 2, queued: 0);
        _gate.Open();
        var beside = Start(session, 400);

        for (var i = 0; i < 100; i++)
        {
            Assert.Single((await Start(session, 1)).TokenIds);
        }

        Assert.Equal(400, (await beside).TokenIds.Count);
    }

    [Fact]
    public async Task DisposeAsync_WhileRunning_FreesThePlaceAtOnce()
    {
        using var session = Load(concurrent: 1, queued: 0);
        var left = session.GenerateAsync(Request(400), Cancellation).GetAsyncEnumerator(Cancellation);
        var first = left.MoveNextAsync();
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        Assert.True(await first);
        await _gate.ArrivedAsync(Cancellation);

        await left.DisposeAsync();
        var next = Start(session, 2);

        _gate.Open();
        Assert.Equal(2, (await next).TokenIds.Count);
    }

    [Fact]
    public async Task DisposeAsync_WhileAMoveWaits_EndsIt()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var deltas = session.GenerateAsync(Request(4), Cancellation).GetAsyncEnumerator(Cancellation);
        var move = deltas.MoveNextAsync().AsTask();
        await _gate.ArrivedAsync(Cancellation);

        await deltas.DisposeAsync();

        Assert.False(await move.WaitAsync(StepGate.Patience, Cancellation));
        _gate.Open();
    }

    [Fact]
    public async Task MoveNextAsync_AfterDisposeAsync_IsAtTheEnd()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var deltas = session.GenerateAsync(Request(4), Cancellation).GetAsyncEnumerator(Cancellation);
        var first = deltas.MoveNextAsync();
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        Assert.True(await first);
        await deltas.DisposeAsync();
        await deltas.DisposeAsync();

        Assert.False(await deltas.MoveNextAsync().AsTask().WaitAsync(StepGate.Patience, Cancellation));
        _gate.Open();
    }

    [Fact]
    public async Task MoveNextAsync_DisposedBeforeTheFirst_StartsNothing()
    {
        using var session = Load(concurrent: 1, queued: 8);
        _gate.Open();
        var deltas = session.GenerateAsync(Request(4), Cancellation).GetAsyncEnumerator(Cancellation);
        await deltas.DisposeAsync();

        Assert.False(await deltas.MoveNextAsync().AsTask().WaitAsync(StepGate.Patience, Cancellation));
        Assert.Null(_gate.EngineThread);
    }

    [Fact]
    public async Task MoveNextAsync_AfterAFailure_IsAtTheEnd()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var deltas = session.GenerateAsync(Request(4), Cancellation).GetAsyncEnumerator(Cancellation);
        var move = deltas.MoveNextAsync();
        await _gate.ArrivedAsync(Cancellation);
        _gate.Fail(new InvalidOperationException("lost a page"));
        await Assert.ThrowsAsync<GenerationFailedException>(async () => await move);

        Assert.False(await deltas.MoveNextAsync());
        await deltas.DisposeAsync();
    }

    [Fact]
    public async Task MoveNextAsync_BesideAnother_Throws()
    {
        using var session = Load(concurrent: 1, queued: 8);
        var deltas = session.GenerateAsync(Request(1), Cancellation).GetAsyncEnumerator(Cancellation);
        var move = deltas.MoveNextAsync();
        await _gate.ArrivedAsync(Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await deltas.MoveNextAsync());

        _gate.Open();
        Assert.True(await move);
        await deltas.DisposeAsync();
    }

    [Fact]
    public async Task Step_OneRequestFailsInSampling_LeavesTheOthersAlone()
    {
        using var checkpoint = LlamaCheckpoint.Open(_directory.Path);
        using var runtime = new EngineRuntime(checkpoint, new CpuSessionOptions { ThreadCount = 1, StepStarting = _gate.Pass });
        var model = runtime.Model;
        var beyondTheLogits = new ModelInfo
        {
            ModelId = model.ModelId,
            VocabularySize = 100_000,
            ContextLength = model.ContextLength,
            StopTokenIds = [],
            EngineName = model.EngineName,
            EngineVersion = model.EngineVersion,
            Device = model.Device,
        };
        var faulty = new GenerationRequest { PromptTokenIds = new[] { 4 }, LogitBias = new Dictionary<int, float> { [99_999] = 1 } };
        Task<Collected> Start(GenerationRequest request, ModelInfo of) => Collected
            .FromAsync(runtime.Generate(GenerationPlan.Create(request, of, checkpoint.Config), Cancellation), Cancellation)
            .WaitAsync(StepGate.Patience, Cancellation);

        var before = Start(Request(1), model);
        await _gate.ArrivedAsync(Cancellation);
        var failing = Start(faulty, beyondTheLogits);
        var other = Start(Request(30), model);
        _gate.Open();

        var exception = await Assert.ThrowsAsync<GenerationFailedException>(() => failing);
        Assert.IsType<IndexOutOfRangeException>(exception.InnerException);
        Assert.Single((await before).TokenIds);
        Assert.Equal(30, (await other).TokenIds.Count);
    }

    [Fact]
    public async Task Step_ShortPromptBehindLongOnes_IsNotKeptWaiting()
    {
        using var session = Load(concurrent: 3, queued: 8);
        var first = Start(session, 1, promptLength: 500);
        await _gate.ArrivedAsync(Cancellation);
        var second = Start(session, 1, promptLength: 501, first: 100);
        var shorter = Start(session, 1, promptLength: 4, first: 200);
        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);

        // The next step has room for 256 tokens; the first prompt alone has 244 left, the second 501.
        _gate.Permit();
        Assert.Single((await shorter).TokenIds);

        Assert.False(second.IsCompleted);
        _gate.Open();
        Assert.Single((await first).TokenIds);
        Assert.Single((await second).TokenIds);
    }

    [Fact]
    public async Task Step_LongPromptAmongShortOnes_GetsHalfOfEachStep()
    {
        using var session = Load(concurrent: 3, queued: 8);
        var longest = Start(session, 1, promptLength: 500);
        await _gate.ArrivedAsync(Cancellation);
        var others = (Start(session, 1, promptLength: 301, first: 100), Start(session, 1, promptLength: 302, first: 200));

        // 256 in the first step, 128 in the second, 116 in the third; the others have 268 of 603 by then.
        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        Assert.Single((await longest).TokenIds);

        Assert.False(others.Item1.IsCompleted);
        _gate.Open();
        Assert.Single((await others.Item1).TokenIds);
        Assert.Single((await others.Item2).TokenIds);
    }

    [Fact]
    public async Task Step_RequestThatFindsNoRoom_LeavesCachedPrefixesAlone()
    {
        using var session = _directory.Load(new CpuSessionOptions { ThreadCount = 1, KvCacheTokens = 320, MaxConcurrentRequests = 2, StepStarting = _gate.Pass });
        var cached = Start(session, 1, promptLength: 40, first: 100);
        await _gate.ArrivedAsync(Cancellation);
        _gate.Permit();
        await cached;
        var running = Start(session, 60, promptLength: 100);
        await _gate.ArrivedAsync(Cancellation);

        // Of ten pages two hold the prefix and four the running request; this one needs eight.
        var tooLong = Start(session, 1, promptLength: 250, first: 200);
        _gate.Permit();
        await _gate.ArrivedAsync(Cancellation);
        var again = Start(session, 1, promptLength: 40, first: 100, priority: 1);

        _gate.Open();
        Assert.Equal(39, (await again).Last.Usage!.CachedPromptTokens);
        await Task.WhenAll(running, tooLong);
    }

    [Fact]
    public async Task Dispose_LeavesNoThreadBehind()
    {
        var session = Load(concurrent: 1, queued: 8);
        var running = Start(session, 400);
        await _gate.ArrivedAsync(Cancellation);
        _gate.Open();

        session.Dispose();

        Assert.False(_gate.EngineThread!.IsAlive);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
    }

    private CpuSession Load(int concurrent, int queued) => _directory.Load(new CpuSessionOptions
    {
        ThreadCount = 2,
        MaxConcurrentRequests = concurrent,
        MaxQueuedRequests = queued,
        PrefillTokens = 256,
        StepStarting = _gate.Pass,
    });

    private static Task<Collected> Start(CpuSession session, int maxNewTokens, int promptLength = 3, int priority = 0, int first = 4) =>
        Collected.FromAsync(session.GenerateAsync(Request(maxNewTokens, promptLength, priority, first), Cancellation), Cancellation)
            .WaitAsync(StepGate.Patience, Cancellation);

    private static Task<Collected> Start(CpuSession session, GenerationRequest request, CancellationTokenSource source) =>
        Collected.FromAsync(session.GenerateAsync(request, source.Token), Cancellation)
            .WaitAsync(StepGate.Patience, Cancellation);

    private static GenerationRequest Request(int maxNewTokens, int promptLength = 3, int priority = 0, int first = 4) => new()
    {
        PromptTokenIds = Enumerable.Range(first, promptLength).Select(i => i % CpuSessionDirectory.VocabularySize).ToArray(),
        MaxNewTokens = maxNewTokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = 0 },
        Priority = priority,
    };
}

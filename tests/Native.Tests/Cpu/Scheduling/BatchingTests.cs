using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Telemetry;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

/// <summary>What is computed together in each step, as the meter tells it, with the engine held before each.</summary>
public sealed class BatchingTests : IDisposable
{
    private const int PrefillTokens = 16;

    private readonly CpuSessionDirectory _directory = new();
    private readonly StepGate _gate = new();
    private readonly string _model = Guid.NewGuid().ToString();
    private readonly MeterRecorder _meter;
    private bool _hasArrived;

    public BatchingTests() => _meter = new MeterRecorder(_model);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _meter.Dispose();
        _directory.Dispose();
        _gate.Dispose();
    }

    [Fact]
    public async Task Steps_RequestsJoinAndLeave_BetweenTwo()
    {
        using var session = Load();
        var first = CountAsync(session, promptLength: 3, maxNewTokens: 5);
        await StepAsync();
        var second = CountAsync(session, promptLength: 3, maxNewTokens: 2);
        await StepAsync();
        await StepAsync();
        await StepAsync();
        Assert.Equal(2, await second);
        await StepAsync(isLast: true);
        Assert.Equal(5, await first);

        // The second came when the second step had been put together; it joined the third, and was gone after the fourth.
        Assert.Equal([1, 1, 2, 2, 1], _meter.Values("llamafp4.batch.size"));
        Assert.Equal([3, 1, 4, 2, 1], _meter.Values("llamafp4.batch.tokens"));
    }

    [Fact]
    public async Task Steps_WhilePromptsAreRead_GiveARunningStreamItsTokenAndTakeNoMoreThanTheirShare()
    {
        using var session = Load();
        var stream = session.GenerateAsync(Request(3, 60), Cancellation).GetAsyncEnumerator(Cancellation);
        var next = stream.MoveNextAsync().AsTask();
        await StepAsync();
        Assert.True(await next);
        var reading = Enumerable.Range(0, 3).Select(index => CountAsync(session, 200 + (10 * index), 1, first: 50 * (index + 1))).ToList();

        // They join the step after next; then all of their 630 tokens are read in 40 steps.
        for (var step = 0; step < 41; step++)
        {
            next = stream.MoveNextAsync().AsTask();
            await StepAsync();
            Assert.True(await next);
            Assert.Equal(1, stream.Current.TokenIds.Length);
        }

        Assert.All(await Task.WhenAll(reading), count => Assert.Equal(1, count));
        Assert.All(_meter.Values("llamafp4.batch.tokens"), tokens => Assert.InRange(tokens, 1, PrefillTokens + 1));
        await stream.DisposeAsync();
        _gate.Open();
    }

    [Fact]
    public async Task Steps_ManyStreams_AllGetATokenInEach()
    {
        using var session = Load();
        var streams = Enumerable.Range(0, 4).Select(index => CountAsync(session, 1, 20, first: 10 * index)).ToList();
        _gate.Open();

        Assert.All(await Task.WhenAll(streams), count => Assert.Equal(20, count));

        // Those that came after the first step are as many steps late.
        Assert.InRange(_meter.Values("llamafp4.batch.size").Count(), 20, 23);
    }

    [Fact]
    public async Task Steps_MoreRequestsThanSlots_NeverComputeMoreAtOnce()
    {
        using var session = Load();
        _gate.Open();

        var counts = await Task.WhenAll(Enumerable.Range(0, 30).Select(index => CountAsync(session, 1 + (index * 7 % 60), 1 + (index % 5), first: index)));

        Assert.Equal(Enumerable.Range(0, 30).Select(index => 1 + (index % 5)), counts);
        Assert.All(_meter.Values("llamafp4.batch.size"), size => Assert.InRange(size, 1, 4));
        Assert.All(_meter.Values("llamafp4.batch.tokens"), tokens => Assert.InRange(tokens, 1, PrefillTokens + 4));
    }

    private CpuSession Load() => _directory.Load(new CpuSessionOptions
    {
        ModelId = _model,
        ThreadCount = 1,
        MaxConcurrentRequests = 4,
        PrefillTokens = PrefillTokens,
        StepStarting = _gate.Pass,
    });

    // Lets one step be computed, and waits until it is: the engine then stands before the next, or has nothing to do.
    private async Task StepAsync(bool isLast = false)
    {
        if (!_hasArrived)
        {
            await _gate.ArrivedAsync(Cancellation);
        }

        _gate.Permit();
        _hasArrived = !isLast;
        if (!isLast)
        {
            await _gate.ArrivedAsync(Cancellation);
        }
    }

    private static async Task<int> CountAsync(CpuSession session, int promptLength, int maxNewTokens, int first = 4)
    {
        var count = 0;
        await foreach (var delta in session.GenerateAsync(Request(promptLength, maxNewTokens, first), Cancellation))
        {
            count += delta.TokenIds.Length;
        }

        return count;
    }

    private static GenerationRequest Request(int promptLength, int maxNewTokens, int first = 4) => new()
    {
        PromptTokenIds = Enumerable.Range(first, promptLength).Select(i => i % CpuSessionDirectory.VocabularySize).ToArray(),
        MaxNewTokens = maxNewTokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = 0 },
    };
}

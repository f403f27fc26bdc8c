using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu;

/// <summary>What the process allocates while tokens are generated; run alone, because it counts everything.</summary>
[Collection(nameof(RunsAlone))]
public sealed class AllocationTests
{
    private const int Tokens = 1000;

    // For the runtime, whose thread pool grows now and then. One object per token would be 9,600 bytes at least.
    private const int Tolerance = 1000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 4)]
    public async Task GenerateAsync_FourHundredSteps_AllocateNothing(int threads, int streams)
    {
        var (step, before, after) = (0, 0L, 0L);
        using var directory = new CpuSessionDirectory(RandomCheckpoint.Tiny with { ContextLength = 2 * Tokens });
        using var session = directory.Load(new CpuSessionOptions
        {
            ThreadCount = threads,
            MaxConcurrentRequests = streams,
            KvCacheTokens = streams * (Tokens + 32),
            StepStarting = () =>
            {
                switch (++step)
                {
                    case 400:
                        before = GC.GetTotalAllocatedBytes(precise: true);
                        break;
                    case 800:
                        after = GC.GetTotalAllocatedBytes(precise: true);
                        break;
                }
            },
        });

        // The first round compiles the code and fills the cache, whose pages are kept. Of the others the best counts.
        await RunAsync(session, streams);
        var least = long.MaxValue;
        for (var round = 0; round < 4; round++)
        {
            step = 0;
            await RunAsync(session, streams);
            least = long.Min(least, after - before);
        }

        Assert.InRange(least, 0, Tolerance);
    }

    private static async Task RunAsync(CpuSession session, int streams) =>
        Assert.All(await Task.WhenAll(Enumerable.Range(0, streams).Select(stream => CountAsync(session, stream))), count => Assert.Equal(Tokens, count));

    private static async Task<int> CountAsync(CpuSession session, int stream)
    {
        var count = 0;
        await foreach (var delta in session.GenerateAsync(Request(stream), Cancellation))
        {
            count += delta.TokenIds.Length;
        }

        return count;
    }

    private static GenerationRequest Request(int stream) => new()
    {
        PromptTokenIds = new[] { 10 + stream },
        MaxNewTokens = Tokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = 1, TopP = 0.9f, Seed = stream },
    };
}

/// <summary>Nothing else runs beside these.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;

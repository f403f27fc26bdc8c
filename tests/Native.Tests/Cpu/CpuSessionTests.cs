using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu;

public sealed class CpuSessionTests : IDisposable
{
    private const int LongPrompt = 8000;

    private readonly CpuSessionDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Load_TellsModelAndEngine()
    {
        using var session = _directory.Load(new CpuSessionOptions { ThreadCount = 2, ModelId = "tiny" });

        Assert.Equal("tiny", session.Model.ModelId);
        Assert.Equal("cpu", session.Model.EngineName);
        Assert.Contains("2 threads", session.Model.Device, StringComparison.Ordinal);
        Assert.Equal(CpuSessionDirectory.VocabularySize, session.Model.VocabularySize);
        Assert.Equal(512, session.Model.ContextLength);
        Assert.Equal([1, 2, 3], session.Model.StopTokenIds);
        Assert.Equal(
            SessionFeatures.LogProbabilities | SessionFeatures.LogitBias | SessionFeatures.CacheSalt | SessionFeatures.Priority
            | SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.RegexGuide | SessionFeatures.ChoiceGuide | SessionFeatures.ToolCallGuide,
            session.Model.Features);
        Assert.Equal(session.Model.VocabularySize, session.Tokenizer.VocabularySize);
    }

    [Fact]
    public void Load_WithoutName_IsCalledAfterItsDirectory()
    {
        using var session = _directory.Load();

        Assert.Equal(Path.GetFileName(_directory.Path), session.Model.ModelId);
    }

    [Fact]
    public void Load_PathThatEndsWithASeparator_IsCalledAfterItsDirectory()
    {
        using var session = CpuSession.Load(_directory.Path + Path.DirectorySeparatorChar);

        Assert.Equal(Path.GetFileName(_directory.Path), session.Model.ModelId);
    }

    [Fact]
    public void Load_ReportsStagesUpToOne()
    {
        var reports = new List<LoadProgress>();

        using var session = CpuSession.Load(_directory.Path, new CpuSessionOptions { ThreadCount = 1 }, new Recorder(reports));

        Assert.Equal([0, 0.6, 0.9, 1], reports.Select(report => report.Fraction));
        Assert.All(reports, report => Assert.NotEmpty(report.Stage));
    }

    [Fact]
    public void Load_OtherVocabularyThanTheModel_Throws()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "tokenizer.json"), LlamaFp4.Tests.Shared.TinyTokenizer.Json("ab").ToJsonString());

        var exception = Assert.Throws<CheckpointException>(() => _directory.Load());

        Assert.Contains("266", exception.Message, StringComparison.Ordinal);
        Assert.Contains("265", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(CpuSessionOptions.ThreadCount), 0)]
    [InlineData(nameof(CpuSessionOptions.ThreadCount), 1025)]
    [InlineData(nameof(CpuSessionOptions.ContextLength), 0)]
    [InlineData(nameof(CpuSessionOptions.ContextLength), 513)]
    [InlineData(nameof(CpuSessionOptions.MaxConcurrentRequests), 0)]
    [InlineData(nameof(CpuSessionOptions.MaxConcurrentRequests), 1025)]
    [InlineData(nameof(CpuSessionOptions.MaxQueuedRequests), -1)]
    [InlineData(nameof(CpuSessionOptions.KvCacheTokens), 31)]
    public void Load_OptionOutOfRange_NamesIt(string option, int value)
    {
        var options = new CpuSessionOptions();
        typeof(CpuSessionOptions).GetProperty(option)!.SetValue(options, value);

        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => _directory.Load(options));

        Assert.Equal(option, exception.ParamName);
        Assert.Equal(value, exception.ActualValue);
    }

    [Fact]
    public void Load_Int8HeadWithExactNumerics_Throws()
    {
        var options = new CpuSessionOptions { Numerics = CpuNumerics.Exact, Int8OutputHead = true };

        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => _directory.Load(options));

        Assert.Equal(nameof(CpuSessionOptions.Int8OutputHead), exception.ParamName);
    }

    [Fact]
    public void Load_SmallCache_LowersTheContext()
    {
        using var session = _directory.Load(new CpuSessionOptions { ThreadCount = 1, KvCacheTokens = 100 });

        Assert.Equal(96, session.Model.ContextLength);
    }

    [Theory]
    [InlineData(CpuNumerics.Fast)]
    [InlineData(CpuNumerics.Exact)]
    public async Task GenerateAsync_ManyAtOnce_GivesTheTokensOfEachAlone(CpuNumerics numerics)
    {
        var requests = Enumerable.Range(0, 64).Select(i => Request(Prompt(i, 1 + (i * 7 % 90)), 1 + (i % 25), seed: i)).ToList();
        var alone = new List<Collected>();
        using (var session = _directory.Load(new CpuSessionOptions { ThreadCount = 1, MaxConcurrentRequests = 1, Numerics = numerics }))
        {
            foreach (var request in requests)
            {
                alone.Add(await RunAsync(session, request));
            }
        }

        using var crowded = _directory.Load(new CpuSessionOptions { ThreadCount = 2, MaxConcurrentRequests = 16, Numerics = numerics });
        var together = await Task.WhenAll(requests.Select(request => RunAsync(crowded, request)));

        Assert.Equal(alone.Select(result => result.TokenIds), together.Select(result => result.TokenIds));
    }

    [Fact]
    public async Task GenerateAsync_CacheTooSmallForAll_SetsSomeBackAndGivesTheSameTokens()
    {
        var requests = Enumerable.Range(0, 6).Select(i => Request(Prompt(i, 20), 100, seed: i)).ToList();
        using var roomy = _directory.Load();
        var expected = await Task.WhenAll(requests.Select(request => RunAsync(roomy, request)));

        using var tight = _directory.Load(new CpuSessionOptions { ThreadCount = 1, KvCacheTokens = 192 });
        var actual = await Task.WhenAll(requests.Select(request => RunAsync(tight, request)));

        Assert.Equal(expected.Select(result => result.TokenIds), actual.Select(result => result.TokenIds));
    }

    [Fact]
    public async Task GenerateAsync_PromptThatContinuesAnEarlierAnswer_PaysOnlyForTheRest()
    {
        var firstPrompt = Prompt(1, 50);
        using var session = _directory.Load();
        var first = await RunAsync(session, Request(firstPrompt, 20));
        int[] secondPrompt = [.. firstPrompt, .. first.TokenIds, .. Prompt(2, 10)];
        using var fresh = _directory.Load();

        var second = await RunAsync(session, Request(secondPrompt, 20));

        // The last generated token was returned but never computed.
        Assert.Equal(0, first.Last.Usage!.CachedPromptTokens);
        Assert.Equal(69, second.Last.Usage!.CachedPromptTokens);
        Assert.Equal((await RunAsync(fresh, Request(secondPrompt, 20))).TokenIds, second.TokenIds);
    }

    [Theory]
    [InlineData(CpuKvCacheType.SixteenBit)]
    [InlineData(CpuKvCacheType.EightBit)]
    public async Task GenerateAsync_SecondTurnAfterALongPrompt_GivesTheTokensOfAPromptReadInOtherParts(CpuKvCacheType kvCacheType)
    {
        var shape = RandomCheckpoint.Tiny with { ContextLength = 131_072, LayerCount = 1, HeadCount = 2, KvHeadCount = 1 };
        using var directory = new CpuSessionDirectory(shape);
        CpuSessionOptions Options(int prefillTokens) => new()
        {
            ThreadCount = 2,
            MaxConcurrentRequests = 1,
            KvCacheType = kvCacheType,
            KvCacheTokens = LongPrompt + 1024,
            PrefillTokens = prefillTokens,
        };
        var prompt = Prompt(12, LongPrompt);
        using var session = directory.Load(Options(256));
        var first = await RunAsync(session, Request(prompt, 20));
        int[] secondPrompt = [.. prompt, .. first.TokenIds, .. Prompt(13, 100)];

        var second = await RunAsync(session, Request(secondPrompt, 20));

        using var other = directory.Load(Options(97));
        Assert.Equal(LongPrompt + 19, second.Last.Usage!.CachedPromptTokens);
        Assert.Equal((await RunAsync(other, Request(secondPrompt, 20))).TokenIds, second.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_SamePromptAgain_ComputesItsLastToken()
    {
        using var session = _directory.Load();
        var first = await RunAsync(session, Request(Prompt(3, 64), 5));

        var second = await RunAsync(session, Request(Prompt(3, 64), 5));

        Assert.Equal(63, second.Last.Usage!.CachedPromptTokens);
        Assert.Equal(first.TokenIds, second.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_PromptsThatPartWithinAPage_ShareWhatIsCommon()
    {
        using var session = _directory.Load();
        int[] common = Prompt(4, 41);
        await RunAsync(session, Request([.. common, 7, 7, 7, 7], 3));

        var other = await RunAsync(session, Request([.. common, 8, 8, 8], 12));
        var again = await RunAsync(session, Request([.. common, 7, 7, 7, 7], 3));

        using var fresh = _directory.Load();
        Assert.Equal(41, other.Last.Usage!.CachedPromptTokens);
        Assert.Equal(44, again.Last.Usage!.CachedPromptTokens);
        Assert.Equal((await RunAsync(fresh, Request([.. common, 8, 8, 8], 12))).TokenIds, other.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_OtherCacheSalt_SharesNothing()
    {
        using var session = _directory.Load();
        await RunAsync(session, Request(Prompt(5, 40), 2, salt: "a"));

        var common = await RunAsync(session, Request(Prompt(5, 40), 2));
        var other = await RunAsync(session, Request(Prompt(5, 40), 2, salt: "b"));
        var same = await RunAsync(session, Request(Prompt(5, 40), 2, salt: "a"));

        Assert.Equal([0, 0, 39], new[] { common, other, same }.Select(result => result.Last.Usage!.CachedPromptTokens));
    }

    [Fact]
    public async Task GenerateAsync_LogProbabilities_AreThoseOfTheModelsDistribution()
    {
        using var session = _directory.Load();
        var request = new GenerationRequest
        {
            PromptTokenIds = Prompt(6, 9),
            MaxNewTokens = 4,
            StopTokenIds = [],
            LogProbabilities = 20,
            LogitBias = new Dictionary<int, float> { [100] = 1000 },
        };

        var result = await RunAsync(session, request);

        Assert.Equal([100, 100, 100, 100], result.TokenIds);
        Assert.Equal(result.TokenIds, result.LogProbabilities.Select(entry => entry.TokenId));
        foreach (var entry in result.LogProbabilities)
        {
            Assert.Equal(20, entry.Alternatives.Count);
            Assert.InRange(entry.Alternatives.Sum(alternative => Math.Exp(alternative.LogProbability)), 0.05, 1);
            Assert.Equal(entry.Alternatives.OrderByDescending(alternative => alternative.LogProbability), entry.Alternatives);
            Assert.True(entry.LogProbability < -0.5, "The bias must not show.");
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(21)]
    public void GenerateAsync_LogProbabilitiesOutOfRange_NamesTheRange(int count)
    {
        using var session = _directory.Load();

        var exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => session.GenerateAsync(new GenerationRequest { PromptTokenIds = Prompt(6, 9), LogProbabilities = count }, Cancellation));

        Assert.Contains("LogProbabilities must be from 0 to 20", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateAsync_ControlTokens_AreNotGeneratedUnlessAskedFor()
    {
        using var session = _directory.Load();
        var special = session.Tokenizer.SpecialTokens;
        var request = new GenerationRequest
        {
            PromptTokenIds = Prompt(12, 5),
            MaxNewTokens = 400,
            StopTokenIds = [],
            Sampling = new SamplingParameters { Temperature = 100, TopP = 1, Seed = 5 },
            LogitBias = new Dictionary<int, float> { [special.EndHeader] = 100 },
        };

        var result = await RunAsync(session, request);

        Assert.Equal(
            new[] { special.EndHeader, special.PythonTag }.Order(),
            result.TokenIds.Where(session.Tokenizer.IsSpecial).Distinct().Order());
    }

    [Fact]
    public async Task GenerateAsync_StopTokens_MayAlwaysBeGenerated()
    {
        using var session = _directory.Load();
        var stop = session.Tokenizer.SpecialTokens.StartHeader;
        var request = new GenerationRequest
        {
            PromptTokenIds = Prompt(13, 5),
            MaxNewTokens = 500,
            StopTokenIds = [stop],
            Sampling = new SamplingParameters { Temperature = 100, TopP = 1, Seed = 6 },
        };

        Assert.Equal(stop, (await RunAsync(session, request)).Last.StopTokenId);
    }

    [Fact]
    public async Task GenerateAsync_NoLogProbabilitiesAskedFor_GivesNone()
    {
        using var session = _directory.Load();

        await foreach (var delta in session.GenerateAsync(Request(Prompt(7, 3), 3), Cancellation))
        {
            Assert.Null(delta.LogProbabilities);
        }
    }

    [Fact]
    public async Task GenerateAsync_SamplingLeftOpen_UsesTheCheckpointsDefaults()
    {
        using var session = _directory.Load();
        GenerationRequest With(SamplingParameters sampling) => new() { PromptTokenIds = Prompt(8, 5), MaxNewTokens = 40, StopTokenIds = [], Sampling = sampling };

        var open = await RunAsync(session, With(new() { Seed = 3 }));
        var spelled = await RunAsync(session, With(new() { Seed = 3, Temperature = 0.6f, TopP = 0.9f }));
        var other = await RunAsync(session, With(new() { Seed = 3, Temperature = 2, TopP = 1 }));

        Assert.Equal(spelled.TokenIds, open.TokenIds);
        Assert.NotEqual(other.TokenIds, open.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_LimitLeftOpen_FillsTheContext()
    {
        using var session = _directory.Load();
        var request = new GenerationRequest { PromptTokenIds = Prompt(9, 500), StopTokenIds = [] };

        var result = await RunAsync(session, request);

        Assert.Equal(12, result.TokenIds.Count);
        Assert.Equal(FinishReason.Length, result.Last.FinishReason);
    }

    [Fact]
    public async Task GenerateAsync_EnumeratedTwice_GeneratesTwice()
    {
        using var session = _directory.Load();
        var deltas = session.GenerateAsync(Request(Prompt(10, 5), 8), Cancellation);

        var first = await Collected.FromAsync(deltas, Cancellation);
        var second = await Collected.FromAsync(deltas, Cancellation);

        Assert.Equal(8, first.TokenIds.Count);
        Assert.Equal(first.TokenIds, second.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_RequestChangedAfterTheCall_RunsAsItWas()
    {
        using var session = _directory.Load();
        GenerationRequest Request(int[] prompt, List<int> stops, Dictionary<int, float> bias) => new()
        {
            PromptTokenIds = prompt,
            MaxNewTokens = 6,
            StopTokenIds = stops,
            LogitBias = bias,
            Sampling = new SamplingParameters { Temperature = 0 },
        };
        var expected = await RunAsync(session, Request(Prompt(11, 9), [], []));
        int[] prompt = Prompt(11, 9);
        List<int> stops = [];
        Dictionary<int, float> bias = [];
        var deltas = session.GenerateAsync(Request(prompt, stops, bias), Cancellation);

        Array.Fill(prompt, 7);
        stops.Add(expected.TokenIds[2]);
        bias[100] = 1000;

        Assert.Equal(expected.TokenIds, (await Collected.FromAsync(deltas, Cancellation)).TokenIds);
    }

    private static Task<Collected> RunAsync(CpuSession session, GenerationRequest request) =>
        Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);

    private static int[] Prompt(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(CpuSessionDirectory.VocabularySize))];
    }

    private static GenerationRequest Request(int[] prompt, int maxNewTokens, long? seed = null, string? salt = null) => new()
    {
        PromptTokenIds = prompt,
        MaxNewTokens = maxNewTokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = seed is null ? 0 : 1, TopP = 1, Seed = seed },
        CacheSalt = salt,
    };

    private sealed class Recorder(List<LoadProgress> reports) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => reports.Add(value);
    }
}

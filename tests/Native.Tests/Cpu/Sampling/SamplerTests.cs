using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Checkpoint;

namespace LlamaFp4.Native.Tests.Cpu.Sampling;

public sealed class SamplerTests
{
    private static readonly LlamaConfig Config = SmallConfig.Of(vocabularySize: 5);

    // Probabilities 0.4, 0.3, 0.15, 0.1, 0.05 of ids 3, 1, 0, 4, 2.
    private static readonly float[] Logits = [MathF.Log(0.15f), MathF.Log(0.3f), MathF.Log(0.05f), MathF.Log(0.4f), MathF.Log(0.1f)];

    [Fact]
    public void Next_SplitMix64_HasTheKnownNumbersOfSeedZero()
    {
        var random = new SplitMix64(0);

        Assert.Equal(0xE220A8397B1DCDAFUL, random.Next());
        Assert.Equal(0x6E789E6AA1B965F4UL, random.Next());
        Assert.Equal(0x06C45D188009454FUL, random.Next());
    }

    [Fact]
    public void Next_Greedy_TakesTheLargestAndOfEqualsTheFirst()
    {
        Assert.Equal(3, Draw(Logits, new() { Temperature = 0 }));
        Assert.Equal(1, Draw([0, 2, 2, 1, 2], new() { Temperature = 0 }));
    }

    [Fact]
    public void Next_NoGenerationDefaults_IsGreedy() => Assert.Equal(3, Draw(Logits, new()));

    [Fact]
    public void Next_Temperature1_DrawsByProbability() =>
        AssertShares([0.15, 0.3, 0.05, 0.4, 0.1], new() { Temperature = 1 });

    [Fact]
    public void Next_TemperatureHalf_DrawsBySquaredProbability() =>
        AssertShares([0.0225 / 0.285, 0.09 / 0.285, 0.0025 / 0.285, 0.16 / 0.285, 0.01 / 0.285], new() { Temperature = 0.5f });

    [Fact]
    public void Next_TopK_DrawsFromTheBestOnly() =>
        AssertShares([0, 0.3 / 0.7, 0, 0.4 / 0.7, 0], new() { Temperature = 1, TopK = 2 });

    [Fact]
    public void Next_TopP_DrawsFromTheSmallestSetThatReachesIt()
    {
        AssertShares([0, 0.3 / 0.7, 0, 0.4 / 0.7, 0], new() { Temperature = 1, TopP = 0.65f });
        AssertShares([0.15 / 0.85, 0.3 / 0.85, 0, 0.4 / 0.85, 0], new() { Temperature = 1, TopP = 0.75f });
    }

    [Fact]
    public void Next_TopPSmall_KeepsTheLikeliest() => AssertShares([0, 0, 0, 1, 0], new() { Temperature = 1, TopP = 0.001f });

    [Fact]
    public void Next_MinP_DropsWhatIsLessLikelyThanItsShareOfTheBest() =>
        AssertShares([0, 0.3 / 0.7, 0, 0.4 / 0.7, 0], new() { Temperature = 1, MinP = 0.5f });

    [Fact]
    public void Next_TopPAfterTopK_IsAShareOfWhatTopKLeaves() =>
        AssertShares([0, 0, 0, 1, 0], new() { Temperature = 1, TopK = 2, TopP = 0.55f });

    [Theory]
    [InlineData(0, 0.5f, 1f)]
    [InlineData(0, 0.9f, 4f)]
    [InlineData(0, 0.999f, 12f)]
    [InlineData(1, 1f, 4f)]
    [InlineData(40, 0.95f, 1f)]
    [InlineData(2000, 0.9f, 12f)]
    public void Next_LargeVocabulary_DrawsAsIfAllWereSorted(int topK, float topP, float spread)
    {
        var random = new Random(topK);
        var logits = Enumerable.Range(0, 3001).Select(_ => spread * (float)random.NextDouble()).ToArray();
        var sampler = new Sampler(logits.Length);
        for (var seed = 0; seed < 20; seed++)
        {
            var parameters = new SamplingParameters { Temperature = 1, TopK = topK, TopP = topP, Seed = seed };

            Assert.Equal(DrawSorted(logits, topK, topP, seed), sampler.Next(logits, State(parameters, [], null)));
        }
    }

    [Fact]
    public void Next_MinPWithTopP_AppliesBoth() =>
        AssertShares([0, 0.3 / 0.7, 0, 0.4 / 0.7, 0], new() { Temperature = 1, TopP = 0.9f, MinP = 0.5f });

    [Fact]
    public void Next_MinP1_IsGreedyButForTies() => AssertShares([0, 0, 0, 1, 0], new() { Temperature = 1, MinP = 1 });

    [Fact]
    public void Next_LogitBias_IsAddedBeforeEverything()
    {
        Assert.Equal(2, Draw(Logits, new() { Temperature = 0 }, bias: new() { [2] = 5 }));
        AssertShares([0.15 / 0.6, 0.3 / 0.6, 0.05 / 0.6, 0, 0.1 / 0.6], new() { Temperature = 1 }, bias: new() { [3] = float.NegativeInfinity });
    }

    [Fact]
    public void Next_RepetitionPenalty_CountsPromptAndOutput()
    {
        float[] logits = [2, 3, -1, -1.5f, 1];

        // The prompt's token 1: 3 / 2 = 1.5, so 0 wins; then 0 is 1, as is 4, and 1 wins with 1.5.
        Assert.Equal([0, 1, 1], DrawMany(logits, 3, new() { Temperature = 0, RepetitionPenalty = 2 }, prompt: [1]));
    }

    [Fact]
    public void Next_RepetitionPenalty_MultipliesNegativeLogits() =>
        Assert.Equal(3, Draw([-9, -9, -1, -1.5f, -9], new() { Temperature = 0, RepetitionPenalty = 2 }, prompt: [2]));

    [Fact]
    public void Next_PresencePenalty_IsTakenOnceAndNotForThePrompt() =>
        Assert.Equal([1, 0, 1, 1], DrawMany([2, 3, 0, 0, 0], 4, new() { Temperature = 0, PresencePenalty = 1.5f }, prompt: [1, 1]));

    [Fact]
    public void Next_FrequencyPenalty_IsTakenForEachTime() =>
        Assert.Equal([1, 1, 0, 1, 0], DrawMany([2, 3, 0, 0, 0], 5, new() { Temperature = 0, FrequencyPenalty = 0.6f }));

    [Fact]
    public void Next_SameSeed_GivesTheSameDraws()
    {
        var parameters = new SamplingParameters { Temperature = 1, TopP = 0.95f, Seed = long.MinValue };

        Assert.Equal(DrawMany(Logits, 100, parameters), DrawMany(Logits, 100, parameters));
        Assert.NotEqual(DrawMany(Logits, 100, parameters), DrawMany(Logits, 100, new() { Temperature = 1, TopP = 0.95f, Seed = 0 }));
    }

    [Fact]
    public void Next_Seed1_DrawsTheseTokensOnEveryMachine() =>
        Assert.Equal([3, 3, 4, 1, 1, 3, 3, 3], DrawMany(Logits, 8, new() { Temperature = 1, Seed = 1 }));

    [Fact]
    public void Next_NoSeed_DrawsAnew() =>
        Assert.NotEqual(DrawMany(Logits, 100, new() { Temperature = 1 }), DrawMany(Logits, 100, new() { Temperature = 1 }));

    [Fact]
    public void Next_LogitsThatAreNoNumbers_Throws()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Draw([1, float.NaN, 0, 0, 0], new()));

        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_PenaltyThatOverflows_BlamesThePenalty()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => Draw([1, 2, 0, 0, 0], new() { RepetitionPenalty = float.Epsilon }, prompt: [1]));

        Assert.Equal("Bias or penalties make a logit Infinity.", exception.Message);
    }

    [Theory]
    [InlineData(nameof(SamplingParameters.Temperature), -0.1f)]
    [InlineData(nameof(SamplingParameters.Temperature), float.NaN)]
    [InlineData(nameof(SamplingParameters.Temperature), float.PositiveInfinity)]
    [InlineData(nameof(SamplingParameters.TopK), -1)]
    [InlineData(nameof(SamplingParameters.TopP), 0f)]
    [InlineData(nameof(SamplingParameters.TopP), 1.1f)]
    [InlineData(nameof(SamplingParameters.MinP), -0.1f)]
    [InlineData(nameof(SamplingParameters.MinP), 1.1f)]
    [InlineData(nameof(SamplingParameters.RepetitionPenalty), 0f)]
    [InlineData(nameof(SamplingParameters.PresencePenalty), float.NaN)]
    [InlineData(nameof(SamplingParameters.FrequencyPenalty), float.NegativeInfinity)]
    public void Resolve_OutOfRange_NamesPropertyAndValue(string property, object value)
    {
        var parameters = new SamplingParameters();
        typeof(SamplingParameters).GetProperty(property)!.SetValue(parameters, value);

        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => SamplingSettings.Resolve(parameters, Config));

        Assert.Equal(property, exception.ParamName);
        Assert.Equal(value, exception.ActualValue);
    }

    private static int DrawSorted(float[] logits, int topK, float topP, int seed)
    {
        var weights = new float[logits.Length];
        var sum = LogitWeights.Exponentiate(logits, LogitWeights.Max(logits), 1, weights);
        var sorted = Enumerable.Range(0, logits.Length).OrderByDescending(id => weights[id]).ThenBy(id => id).ToList();
        if (topK > 0)
        {
            sorted = sorted[..topK];
            sum = sorted.Sum(id => (double)weights[id]);
        }

        var kept = new List<int>();
        for (var reached = 0.0; kept.Count < sorted.Count && reached < topP * sum; reached += weights[kept[^1]])
        {
            kept.Add(sorted[kept.Count]);
        }

        var rest = new SplitMix64((ulong)seed).NextDouble() * kept.Sum(id => (double)weights[id]);
        return kept.First(id => (rest -= weights[id]) < 0);
    }

    private static void AssertShares(double[] expected, SamplingParameters parameters, Dictionary<int, float>? bias = null)
    {
        const int draws = 20000;
        var state = State(parameters, [], bias);
        var sampler = new Sampler(5);
        var counts = new int[5];
        for (var i = 0; i < draws; i++)
        {
            counts[sampler.Next(Logits, state)]++;
        }

        for (var id = 0; id < 5; id++)
        {
            // Five standard deviations of a binomial at its widest; what is excluded must not come at all.
            Assert.Equal(expected[id], (double)counts[id] / draws, expected[id] == 0 ? 0 : 5 * 0.5 / Math.Sqrt(draws));
        }
    }

    private static int Draw(float[] logits, SamplingParameters parameters, int[]? prompt = null, Dictionary<int, float>? bias = null) =>
        new Sampler(5).Next(logits, State(parameters, prompt ?? [], bias));

    private static int[] DrawMany(float[] logits, int count, SamplingParameters parameters, int[]? prompt = null)
    {
        var sampler = new Sampler(5);
        var state = State(parameters, prompt ?? [], null);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Next(logits, state))];
    }

    private static SamplingState State(SamplingParameters parameters, int[] prompt, Dictionary<int, float>? bias) => new(
        SamplingSettings.Resolve(parameters, Config),
        [.. bias ?? []],
        prompt);
}

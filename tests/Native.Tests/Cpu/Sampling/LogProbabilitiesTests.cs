using LlamaFp4.Native.Cpu.Sampling;

namespace LlamaFp4.Native.Tests.Cpu.Sampling;

public sealed class LogProbabilitiesTests
{
    [Fact]
    public void Of_KnownDistribution_GivesItsLogarithmsBestFirst()
    {
        float[] logits = [MathF.Log(0.25f) + 3, MathF.Log(0.5f) + 3, MathF.Log(0.125f) + 3, MathF.Log(0.125f) + 3];

        var entry = new LogProbabilities(4).Of(logits, 2, 3);

        Assert.Equal(2, entry.TokenId);
        Assert.Equal(MathF.Log(0.125f), entry.LogProbability, 1e-6);
        Assert.Equal([1, 0, 2], entry.Alternatives.Select(alternative => alternative.TokenId));
        Assert.Equal(MathF.Log(0.25f), entry.Alternatives[1].LogProbability, 1e-6);
    }

    [Fact]
    public void Of_TokensTooUnlikelyForAFloat_StillRanksThem()
    {
        var entry = new LogProbabilities(4).Of([-300, 0, -100, -200], 1, 3);

        Assert.Equal([1, 2, 3], entry.Alternatives.Select(alternative => alternative.TokenId));
        Assert.Equal([0f, -100f, -200f], entry.Alternatives.Select(alternative => alternative.LogProbability));
    }

    [Fact]
    public void Of_NoAlternatives_GivesTheTokenOnly() => Assert.Empty(new LogProbabilities(2).Of([1, 2], 0, 0).Alternatives);
}

using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

/// <summary>The pace on machines whose steps take an invented time.</summary>
public sealed class PrefillPaceTests
{
    [Fact]
    public void Tokens_NothingGenerates_AreAsManyAsAStepTakes()
    {
        var pace = new PrefillPace(256, 8);

        Assert.Equal(256, pace.Tokens(generating: 0));
    }

    [Fact]
    public void Tokens_TimeOfAStepWithoutPromptsUnknown_AreNone()
    {
        var pace = new PrefillPace(256, 8);
        pace.Observe(generating: 1, promptTokens: 0, seconds: 0.1);
        Assert.Equal(0, pace.Tokens(generating: 1));

        pace.Observe(generating: 1, promptTokens: 0, seconds: 0.1);

        Assert.NotEqual(0, pace.Tokens(generating: 1));
        Assert.Equal(0, pace.Tokens(generating: 2));
    }

    [Theory]
    [InlineData(0.200, 0.016, 18)] // 1.5 · 200 ms / 16 ms
    [InlineData(0.200, 0.055, 5)]
    [InlineData(0.0004, 0.0003, 2)]
    [InlineData(0.100, 0.0001, 256)]
    public void Tokens_AfterAWhile_MakeAStepTwoAndAHalfTimesAsLong(double alone, double cost, int expected)
    {
        var pace = PaceOf(alone, alone);

        for (var step = 0; step < 10; step++)
        {
            pace.Observe(1, pace.Tokens(1), alone + (pace.Tokens(1) * cost));
        }

        Assert.Equal(expected, pace.Tokens(1));
    }

    [Fact]
    public void Tokens_OnTheWayUp_NeverMakeAStepThreeTimesAsLong()
    {
        var pace = PaceOf(0.1, 0.1);

        for (var step = 0; step < 40; step++)
        {
            // A prompt's tokens cost more the more stand before them.
            var seconds = 0.1 + (pace.Tokens(1) * 0.005 * (1 + (step * 0.05)));
            Assert.InRange(seconds, 0, 0.3);
            pace.Observe(1, pace.Tokens(1), seconds);
        }
    }

    [Theory]
    [InlineData(1.0, 0.1)]
    [InlineData(0.1, 1.0)]
    public void Tokens_StepWithoutPromptsInterrupted_AreThoseOfTheOther(double first, double second)
    {
        var pace = PaceOf(first, second);

        for (var step = 0; step < 10; step++)
        {
            pace.Observe(1, pace.Tokens(1), 0.1 + (pace.Tokens(1) * 0.01));
        }

        Assert.Equal(15, pace.Tokens(1));
    }

    [Fact]
    public void Tokens_StreamSlowerThanWhenItWasMeasured_FollowTheNewMeasurement()
    {
        var pace = PaceOf(0.1, 0.1);

        for (var step = 0; step < 120; step++)
        {
            pace.Observe(1, pace.Tokens(1), 0.2 + (pace.Tokens(1) * 0.01));
        }

        Assert.Equal(30, pace.Tokens(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Tokens_AsManyStreamsAsBeforeButSlowerOnes_FollowThem(int stepsWithoutPrompts)
    {
        var pace = PaceOf(0.01, 0.01);
        pace.Observe(generating: 2, promptTokens: 0, 0.02);
        for (var step = 0; step < stepsWithoutPrompts; step++)
        {
            pace.Observe(1, 0, 0.4);
        }

        for (var step = 0; step < 12; step++)
        {
            pace.Observe(1, pace.Tokens(1), 0.4 + (pace.Tokens(1) * 0.01));
        }

        Assert.Equal(60, pace.Tokens(1));
    }

    [Fact]
    public void Tokens_AfterAnInterruptedStep_RecoverWithinAFew()
    {
        var pace = PaceOf(0.1, 0.1);
        void Step(double extra) => pace.Observe(1, pace.Tokens(1), 0.1 + (pace.Tokens(1) * 0.01) + extra);
        for (var step = 0; step < 10; step++)
        {
            Step(0);
        }

        Step(5);
        Assert.Equal(1, pace.Tokens(1));

        for (var step = 0; step < 4; step++)
        {
            Step(0);
        }

        Assert.Equal(15, pace.Tokens(1));
    }

    [Fact]
    public void Tokens_PromptsInEveryStep_MeasureAStepWithoutNowAndThen()
    {
        var pace = PaceOf(0.1, 0.1);
        var without = 0;
        for (var step = 0; step < 5000; step++)
        {
            var tokens = pace.Tokens(1);
            without += tokens == 0 ? 1 : 0;
            pace.Observe(1, tokens, 0.1 + (tokens * 0.01));
        }

        Assert.InRange(without, 90, 105);
    }

    /// <summary>A pace that has seen two steps of one stream without prompts.</summary>
    private static PrefillPace PaceOf(double first, double second)
    {
        var pace = new PrefillPace(256, 8);
        pace.Observe(generating: 1, promptTokens: 0, first);
        pace.Observe(generating: 1, promptTokens: 0, second);
        return pace;
    }
}

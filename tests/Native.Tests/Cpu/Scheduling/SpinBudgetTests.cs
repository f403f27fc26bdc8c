using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Tests.Cpu.Scheduling;

public sealed class SpinBudgetTests
{
    [Fact]
    public void Wasted_AgainAndAgain_SpinsAFiftiethAsLong()
    {
        var budget = SpinBudget.Full;
        var full = budget.Ticks;

        for (var i = 0; i < 100; i++)
        {
            budget.Wasted();
        }

        Assert.Equal(full / 50, budget.Ticks);
    }

    [Fact]
    public void Paid_AfterBadTimes_SpinsAsLongAsBefore()
    {
        var budget = SpinBudget.Full;
        for (var i = 0; i < 100; i++)
        {
            budget.Wasted();
        }

        for (var i = 0; i < 6; i++)
        {
            budget.Paid();
        }

        Assert.Equal(SpinBudget.Full.Ticks, budget.Ticks);
    }

    [Fact]
    public void None_NeverSpins()
    {
        var budget = SpinBudget.None;

        budget.Paid();
        budget.Wasted();

        Assert.Equal(0, budget.Ticks);
    }
}

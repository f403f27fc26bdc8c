namespace LlamaFp4.Acceptance;

/// <summary>One thing that a live server has to show.</summary>
/// <param name="Name">What it is called in the report.</param>
/// <param name="RunAsync">Finds out. What it throws is a failure.</param>
internal sealed record AcceptanceCheck(string Name, Func<AcceptanceTarget, CancellationToken, Task<Finding>> RunAsync)
{
    /// <summary>A check that this program cannot make, and why.</summary>
    public static AcceptanceCheck NotMade(string name, string reason) => new(name, (_, _) => Task.FromResult(Finding.NotApplicable(reason)));
}

/// <summary>What a check observed.</summary>
internal sealed record Finding(Outcome Outcome, string Observed)
{
    public static Finding Pass(string observed) => new(Outcome.Pass, observed);

    public static Finding Fail(string observed) => new(Outcome.Fail, observed);

    public static Finding NotApplicable(string reason) => new(Outcome.NotApplicable, reason);

    public static Finding PassIf(bool passed, string observed) => new(passed ? Outcome.Pass : Outcome.Fail, observed);
}

/// <summary>How a check ended.</summary>
internal enum Outcome
{
    Pass,
    Fail,
    NotApplicable,
}

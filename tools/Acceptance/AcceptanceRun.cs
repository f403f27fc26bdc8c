using System.Diagnostics;
using LlamaFp4.Acceptance.Checks;

namespace LlamaFp4.Acceptance;

/// <summary>Makes all checks, one after another, so that none disturbs the figures of another.</summary>
internal sealed class AcceptanceRun(AcceptanceTarget target)
{
    // A long prompt on a busy server may take minutes; a check that takes this long will not end.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static IReadOnlyList<AcceptanceCheck> Tasks { get; } =
    [
        .. CompletionChecks.Tasks,
        .. ChatChecks.Tasks,
        .. CancellationChecks.Tasks,
        .. LoadChecks.Tasks,
        .. ContextChecks.Tasks,
    ];

    /// <summary>What no document settles, in the order in which it is asked.</summary>
    public static IReadOnlyList<AcceptanceCheck> Questions { get; } =
    [
        .. ReleaseChecks.Questions,
        .. StopChecks.Questions,
        .. LogitBiasChecks.Questions,
        .. GuideChecks.Questions,
        .. LogProbabilityChecks.Questions,
        .. WireChecks.Questions,
        .. SmgChecks.Questions,
        .. OpenEngineChecks.Questions,
        .. CancellationChecks.Questions,
        .. StreamChecks.Questions,
        .. OutsideChecks.Questions,
    ];

    public async Task<IReadOnlyList<AcceptanceResult>> RunAsync(IReadOnlyList<AcceptanceCheck> checks, Action<AcceptanceResult>? done, CancellationToken cancellationToken)
    {
        List<AcceptanceResult> results = [];
        foreach (var check in checks)
        {
            var clock = Stopwatch.StartNew();
            var result = new AcceptanceResult(check.Name, await FindAsync(check, cancellationToken), clock.Elapsed);
            results.Add(result);
            done?.Invoke(result);
        }

        return results;
    }

    private async Task<Finding> FindAsync(AcceptanceCheck check, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            return await check.RunAsync(target, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Fail($"Not done after {Figure.Seconds(Patience)}.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever a check meets belongs into the report, and must not keep the other checks from being made.
            return Finding.Fail($"{exception.GetType().Name}: {exception.Message}");
        }
    }
}

/// <summary>A check that has been made.</summary>
internal sealed record AcceptanceResult(string Name, Finding Finding, TimeSpan Elapsed);

using System.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>That a request which nobody wants any more ends, here and on the server.</summary>
internal static class CancellationChecks
{
    // What a person notices.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    // Short prompts all begin within a few steps of a server that has a place for each.
    private static readonly TimeSpan FillingTime = TimeSpan.FromSeconds(10);

    public static IEnumerable<AcceptanceCheck> Tasks =>
    [
        new("Cancellation: a cancelled stream ends at once, and the next request runs", CancelAsync),
        new("Cancellation: a stream can be left", LeaveAsync),
    ];

    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("How long does the server go on after the call was cancelled?", RecoverAsync),
    ];

    private static async Task<Finding> CancelAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var clock = new Stopwatch();
        try
        {
            await foreach (var delta in target.Session.GenerateAsync(Endless(target), cancellation.Token))
            {
                if (!clock.IsRunning)
                {
                    clock.Start();
                    await cancellation.CancelAsync();
                }
            }

            return Finding.Fail("The stream came to its end as if nothing had happened.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var ended = clock.Elapsed;
            var next = await NextAsync(target, cancellationToken);
            return Finding.PassIf(ended < Limit, $"Ended {Figure.Seconds(ended)} after the cancellation; the next request's first token came after {Figure.Seconds(next)}");
        }
    }

    private static async Task<Finding> LeaveAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var clock = new Stopwatch();
        await foreach (var delta in target.Session.GenerateAsync(Endless(target), cancellationToken))
        {
            clock.Start();
            break;
        }

        var left = clock.Elapsed;
        var next = await NextAsync(target, cancellationToken);
        return Finding.PassIf(left < Limit, $"Left in {Figure.Seconds(left)}; the next request's first token came after {Figure.Seconds(next)}");
    }

    // Seen from here: when as many requests as the server takes at once are cancelled, a further one has to wait until they are really gone.
    private static async Task<Finding> RecoverAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        if (target.Server?.Description.MaxConcurrentRequests is not { } places)
        {
            return Finding.NotApplicable("The server does not say how many requests it takes at once, so that a full one cannot be made: see its log");
        }

        var idle = await NextAsync(target, cancellationToken);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var begun = Task.WhenAll(Enumerable.Range(0, places).Select(_ => OccupyAsync(target, cancellation.Token)));
        var isFull = await Task.WhenAny(begun, Task.Delay(FillingTime, cancellationToken)) == begun;
        await cancellation.CancelAsync();
        var next = await NextAsync(target, cancellationToken);
        return isFull && begun.IsCompletedSuccessfully
            ? Finding.PassIf(next < idle + (2 * Limit), $"{places} requests cancelled; the next one's first token came after {Figure.Seconds(next)}, on an idle server after {Figure.Seconds(idle)}")
            : Finding.NotApplicable($"The server says that it takes {places} requests at once, but not all of them began within {Figure.Seconds(FillingTime)}");
    }

    /// <summary>Starts a request and returns once it is under way; it goes on until it is cancelled.</summary>
    private static Task OccupyAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = ReadAsync();
        return started.Task;

        async Task ReadAsync()
        {
            try
            {
                await foreach (var delta in target.Session.GenerateAsync(Endless(target), cancellationToken))
                {
                    started.TrySetResult();
                }
            }
            catch (OperationCanceledException)
            {
                started.TrySetCanceled(cancellationToken);
            }
            catch (Exception exception)
            {
                started.TrySetException(exception);
            }
        }
    }

    private static async Task<TimeSpan> NextAsync(AcceptanceTarget target, CancellationToken cancellationToken) =>
        (await target.Session.CollectAsync(Answers.Greedy(target.Encode("And then"), 4), cancellationToken)).TimeToFirstToken;

    private static GenerationRequest Endless(AcceptanceTarget target)
    {
        var prompt = target.Encode("Count without end: one, two, three,");
        return Answers.Greedy(prompt, Math.Min(4096, target.Model.ContextLength - prompt.Length));
    }
}

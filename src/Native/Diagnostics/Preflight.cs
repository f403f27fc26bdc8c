using System.Runtime.CompilerServices;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Checks what this machine, a checkpoint and the endpoints named can run, before anything is started.</summary>
/// <remarks>
/// Changes nothing: weights are not loaded except by the one token that a checkpoint small enough generates on the CPU, and no server
/// is started. What a check finds is never an exception but its <see cref="PreflightCheck.Status"/>; a machine without an NVIDIA driver
/// is a normal one.
/// </remarks>
public static class Preflight
{
    /// <summary>Runs the checks, one after another.</summary>
    /// <param name="options">What to check for; <see langword="null"/> for the machine alone. Read completely before the call returns.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    /// <returns>One result per check, each as soon as it is known.</returns>
    /// <exception cref="ArgumentException">An option is out of its range: thrown at the call.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while enumerating.</exception>
    public static IAsyncEnumerable<PreflightCheck> RunAsync(PreflightOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PreflightOptions();
        options.Validate();
        return RunValidatedAsync(options.Copy(), NvidiaDriver.Read, cancellationToken);
    }

    internal static async IAsyncEnumerable<PreflightCheck> RunValidatedAsync(
        PreflightOptions options, Func<NvidiaDriver> readDriver, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Not on the caller's thread: the headers of 405B take seconds from a cold disk, and GPUs may have to wake up.
        var (driver, checkpoint) = await Task.Run(() => (readDriver(), Inspect(options)), cancellationToken).ConfigureAwait(false);
        var target = new PreflightTarget(options, driver, checkpoint?.Summary, AvailableMemory());

        foreach (var check in GpuChecks.Run(target).Concat(checkpoint?.Checks ?? []))
        {
            yield return check;
        }

        if (target.Checkpoint is not null)
        {
            yield return MemoryCheck.Run(target);
        }

        if (!target.HasEndpoints)
        {
            yield return await ServerCheck.RunAsync(target, cancellationToken).ConfigureAwait(false);
            yield return PortCheck.Run(options.Ports);
            if (checkpoint is { IsWhole: true })
            {
                yield return await GenerationCheck.RunAsync(target, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var endpoint in options.Endpoints)
        {
            await foreach (var check in EndpointCheck.RunAsync(endpoint, options, checkpoint is { IsWhole: true }, cancellationToken).ConfigureAwait(false))
            {
                yield return check;
            }
        }
    }

    private static CheckpointInspection? Inspect(PreflightOptions options) => options.CheckpointDirectory is { } directory
        ? CheckpointInspection.Run(directory, mayLackWeights: options.Endpoints.Count > 0)
        : null;

    private static long AvailableMemory() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}

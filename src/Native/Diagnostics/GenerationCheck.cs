using System.Diagnostics;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Generates one token: the proof that all the rest works together.</summary>
internal static class GenerationCheck
{
    public const string Name = "generation";

    /// <summary>On the CPU session, which reads the weights.</summary>
    public static async Task<PreflightCheck> RunAsync(PreflightTarget target, CancellationToken cancellationToken)
    {
        if (!target.FitsCpuSession)
        {
            return PreflightCheck.Warning(Name, "Not tried: too large for the CPU session, and no endpoint was named.", "Start trtllm-serve, then name its endpoint.");
        }

        try
        {
            var clock = Stopwatch.StartNew();
            using var session = await Task.Run(() => CpuSession.Load(target.Checkpoint!.DirectoryPath), cancellationToken).ConfigureAwait(false);
            var loading = clock.Elapsed;
            var check = await RunAsync(session, "the CPU session", target.Options.Timeout, cancellationToken).ConfigureAwait(false);
            return check.Status == PreflightStatus.Ok ? PreflightCheck.Ok(Name, $"{check.Detail[..^1]}, loaded in {Quantity.Seconds(loading)}.") : check;
        }
        catch (LlamaFp4Exception exception)
        {
            return PreflightCheck.Failure(Name, $"The CPU session cannot run the checkpoint: {exception.Message}", "See the checks of the checkpoint above.");
        }
    }

    public static async Task<PreflightCheck> RunAsync(ITokenSession session, string where, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            var clock = Stopwatch.StartNew();
            var tokens = 0;
            var request = new GenerationRequest { PromptTokenIds = new[] { session.Tokenizer.SpecialTokens.BeginOfText }, MaxNewTokens = 1, StopTokenIds = [] };
            await foreach (var delta in session.GenerateAsync(request, deadline.Token).ConfigureAwait(false))
            {
                tokens += delta.TokenIds.Length;
            }

            return tokens == 1
                ? PreflightCheck.Ok(Name, $"One token from {where} in {Quantity.Seconds(clock.Elapsed)}.")
                : PreflightCheck.Failure(Name, $"{tokens} tokens from {where}, expected 1.", "The engine does not keep its limit: read its log.");
        }
        catch (LlamaFp4Exception exception)
        {
            return PreflightCheck.Failure(Name, $"No token from {where}: {exception.Message}", "Read the engine's log.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PreflightCheck.Failure(Name, $"No token from {where} within {Quantity.Seconds(timeout)}.", "Read the engine's log: it may be busy, or hang.");
        }
    }
}

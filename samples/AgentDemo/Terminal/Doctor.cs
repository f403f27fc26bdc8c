using LlamaFp4.Native.Diagnostics;
using LlamaFp4.PocketModel;

namespace AgentDemo.Terminal;

/// <summary>Says what this machine can run, and what is missing.</summary>
internal sealed class Doctor(Screen screen)
{
    /// <returns>The exit code: 1 if something has to be done before the model runs.</returns>
    public async Task<int> ExamineAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        List<PreflightCheck> checks = [];
        await foreach (var check in Preflight.RunAsync(ToPreflight(options), cancellationToken))
        {
            checks.Add(check);
            if (!options.Json)
            {
                screen.Finding(check);
            }
        }

        var report = new PreflightReport(checks);
        if (options.Json)
        {
            screen.Write(report.ToJson() + "\n");
        }

        return report.Status == PreflightStatus.Failure ? 1 : 0;
    }

    private static PreflightOptions ToPreflight(DemoOptions options) => new()
    {
        CheckpointDirectory = options.Model ?? (options.Endpoint is null ? PocketCheckpoint.DirectoryPath : null),
        Endpoints = options.Endpoint is { } endpoint ? [endpoint] : [],
        TensorParallelSize = options.TensorParallelSize,
        ContextLength = options.ContextLength,
    };
}

using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.PocketModel;

namespace LlamaFp4.Acceptance;

/// <summary>Connects, makes the checks, and writes the report.</summary>
internal sealed class AcceptanceProgram(AcceptanceOptions options, TextWriter output)
{
    private string Model => options.Model ?? PocketCheckpoint.DirectoryPath;

    // Arguments can be read by everybody on the machine.
    private static string? BearerToken => Environment.GetEnvironmentVariable("LLAMAFP4_BEARER_TOKEN");

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var preflight = await PreflightAsync(cancellationToken);
        using var session = options.Endpoint is { } endpoint
            ? await ConnectAsync(endpoint, connections: null, cancellationToken)
            : await Task.Run(() => CpuSession.Load(Model), cancellationToken);
        using var server = options.Endpoint is { } address ? await ServerProbe.OpenAsync(ToSessionOptions(address, 1), cancellationToken) : null;

        var report = await RunAsync(CreateTarget(session, server), preflight, cancellationToken);
        await File.WriteAllTextAsync(options.Report, report.ToString(), cancellationToken);
        await output.WriteLineAsync($"{(report.HasFailed ? "Not accepted" : "Accepted")}: see {Path.GetFullPath(options.Report)}");
        return report.HasFailed ? 1 : 0;
    }

    private async Task<PreflightReport> PreflightAsync(CancellationToken cancellationToken)
    {
        List<PreflightCheck> checks = [];
        var preflight = new PreflightOptions
        {
            CheckpointDirectory = Model,
            Endpoints = options.Endpoint is { } endpoint ? [endpoint] : [],
            BearerToken = BearerToken,
        };
        await foreach (var check in Preflight.RunAsync(preflight, cancellationToken))
        {
            checks.Add(check);
            await output.WriteLineAsync($"{check.Status,-14} {check.Name}: {check.Detail}");
        }

        return new PreflightReport(checks);
    }

    private AcceptanceTarget CreateTarget(ITokenSession session, ServerProbe? server) => new(session)
    {
        Server = server,
        ConnectAsync = options.Endpoint is { } endpoint ? (connections, cancellationToken) => ConnectAsync(endpoint, connections, cancellationToken) : null,
        Streams = options.Streams,
        LongPromptTokens = Math.Min(options.LongPromptTokens ?? int.MaxValue, AcceptanceTarget.LongestPrompt(session.Model)),
    };

    private async Task<MarkdownReport> RunAsync(AcceptanceTarget target, PreflightReport preflight, CancellationToken cancellationToken)
    {
        var run = new AcceptanceRun(target);
        var tasks = await run.RunAsync(AcceptanceRun.Tasks, Print, cancellationToken);
        var questions = await run.RunAsync(AcceptanceRun.Questions, Print, cancellationToken);
        return new MarkdownReport(TimeProvider.System.GetLocalNow(), target, preflight, tasks, questions);
    }

    private async Task<ITokenSession> ConnectAsync(Uri endpoint, int? connections, CancellationToken cancellationToken) =>
        await TensorRtLlmSession.ConnectAsync(ToSessionOptions(endpoint, connections), cancellationToken);

    private TensorRtLlmOptions ToSessionOptions(Uri endpoint, int? connections)
    {
        var session = new TensorRtLlmOptions { CheckpointDirectory = Model, Endpoints = { endpoint }, BearerToken = BearerToken };
        session.ConnectionsPerEndpoint = connections ?? session.ConnectionsPerEndpoint;
        return session;
    }

    private void Print(AcceptanceResult result) => output.WriteLine($"{result.Finding.Outcome,-14} {result.Name}: {result.Finding.Observed}");
}

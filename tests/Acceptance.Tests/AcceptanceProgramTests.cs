using LlamaFp4.Native.Cpu;
using LlamaFp4.PocketModel;
using LlamaFp4.StandIns;

namespace LlamaFp4.Acceptance.Tests;

/// <summary>The whole run, against stand-ins that have the pocket model for an engine.</summary>
public sealed class AcceptanceProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("acceptance-").FullName;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private string Report => Path.Combine(_folder, "report.md");

    [Theory]
    [InlineData(StandInProtocol.Smg, "SMG")]
    [InlineData(StandInProtocol.OpenEngine, "OpenEngine")]
    [InlineData(StandInProtocol.Http, "HTTP")]
    public async Task RunAsync_GoodServer_IsAccepted(StandInProtocol protocol, string name)
    {
        using var engine = CpuSession.Load(PocketCheckpoint.DirectoryPath);
        await using var server = await StandInServer.StartAsync(protocol, engine);

        var (exitCode, output, report) = await RunAsync(server);

        Assert.Equal("", string.Concat(output.Split('\n').Where(line => line.StartsWith("Fail", StringComparison.Ordinal))));
        Assert.Equal(0, exitCode);
        Assert.Contains("**Accepted**", report, StringComparison.Ordinal);
        Assert.Contains($"| Protocol | {name} |", report, StringComparison.Ordinal);
        Assert.Contains("| All concurrent streams | pass | 8 of 8 streams came whole:", report, StringComparison.Ordinal);
        Assert.Contains("| Tool calling: a call can be required | pass | Called for Oslo;", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoEndpoint_RunsTheCpuSession()
    {
        var (exitCode, _, report) = await RunAsync(endpoint: null);

        Assert.Equal(0, exitCode);
        Assert.Contains("| Endpoint | in this process |", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ServerThatIgnoresGuides_IsNotAccepted()
    {
        using var engine = CpuSession.Load(PocketCheckpoint.DirectoryPath);
        await using var server = await StandInServer.StartAsync(StandInProtocol.Smg, engine, new StandInBehaviour { IgnoresGuides = true });

        var (exitCode, _, report) = await RunAsync(server);

        Assert.Equal(1, exitCode);
        Assert.Contains("| Tool calling: a call can be required | fail | FeatureNotSupportedException:", report, StringComparison.Ordinal);
        Assert.Contains("| Guide: regular expression | not applicable | Not offered:", report, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<(int ExitCode, string Output, string Report)> RunAsync(StandInServer server) => RunAsync(server.HttpEndpoint);

    private async Task<(int ExitCode, string Output, string Report)> RunAsync(Uri? endpoint)
    {
        var options = new AcceptanceOptions { Endpoint = endpoint, Model = PocketCheckpoint.DirectoryPath, Report = Report, Streams = 8, LongPromptTokens = 512 };
        using var output = new StringWriter();
        var exitCode = await new AcceptanceProgram(options, output).RunAsync(CancellationToken);
        return (exitCode, output.ToString(), await File.ReadAllTextAsync(Report, CancellationToken));
    }
}

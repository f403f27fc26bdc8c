using System.Text.Json;
using AgentDemo;
using AgentDemo.Terminal;
using LlamaFp4.Native.Diagnostics;
using Spectre.Console;

namespace LlamaFp4.AgentDemo.Tests;

public sealed class DoctorTests : IDisposable
{
    private readonly StringWriter _output = new();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExamineAsync_PocketModel_RunsAnywhere()
    {
        var exitCode = await new Doctor(CreateScreen()).ExamineAsync(new DemoOptions(Doctor: true), CancellationToken);

        Assert.Equal(0, exitCode);
        Assert.Contains("ok       tokenizer     4,096 ids; a turn ends with 4081, 4084, 4085.", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("ok       generation    One token from the CPU session in ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExamineAsync_NoSuchCheckpoint_FailsAndAdvises()
    {
        var exitCode = await new Doctor(CreateScreen()).ExamineAsync(new DemoOptions(Model: "no-such-directory", Doctor: true), CancellationToken);

        Assert.Equal(1, exitCode);
        Assert.Contains($"failure  config        {Path.GetFullPath("no-such-directory")}: is not a directory.", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("→ Check the path.", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExamineAsync_Json_PrintsNothingElse()
    {
        await new Doctor(CreateScreen()).ExamineAsync(new DemoOptions(Doctor: true, Json: true), CancellationToken);

        using var report = JsonDocument.Parse(_output.ToString());
        Assert.Equal("generation", report.RootElement.GetProperty("checks").EnumerateArray().Last().GetProperty("name").GetString());
    }

    [Fact]
    public void Finding_Markup_IsShownAsItIs()
    {
        CreateScreen().Finding(new PreflightCheck { Name = "weights", Status = PreflightStatus.Warning, Detail = "[red]a[/]", Advice = "Read [b]." });

        Assert.Equal("warning  weights       [red]a[/]\n                       → Read [b].\n", _output.ToString().ReplaceLineEndings("\n"));
    }

    public void Dispose() => _output.Dispose();

    private Screen CreateScreen() => new(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) }));
}

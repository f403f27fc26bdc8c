using System.Globalization;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Sessions;
using Spectre.Console;

namespace AgentDemo;

/// <summary>What the person sees. Without a terminal it is plain text.</summary>
internal sealed class Screen
{
    private readonly IAnsiConsole _console;
    private bool _isMidLine;

    public Screen(IAnsiConsole console)
    {
        _console = console;
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Capabilities.Ansi = false;
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
            console.Profile.Width = 1000; // A file has no right margin.
        }
    }

    public void Welcome(ModelInfo model, bool isPocket)
    {
        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{model.ModelId}[/] on {model.Device}, {model.ContextLength} tokens of context");
        if (isPocket)
        {
            _console.MarkupLine("[grey]This is the pocket model: it calls tools, and knows little else. --model DIR runs a real one.[/]");
        }
    }

    /// <summary>The next question, or <see langword="null"/> when the user leaves with <c>exit</c> or the end of input.</summary>
    public string? ReadQuestion()
    {
        _console.Markup("[bold green]You:[/] ");
        return Console.ReadLine() is { } line && line.Trim() != "exit" ? line : null;
    }

    public void Question(string text) => _console.MarkupLineInterpolated($"[bold green]You:[/] {text}");

    public void Words(string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            // Straight to the writer: a piece of a line must not be wrapped or trimmed. Control characters would steer the terminal.
            _console.Profile.Out.Writer.Write(string.Concat(text.Where(c => c is '\n' or '\t' || !char.IsControl(c))));
            _console.Profile.Out.Writer.Flush();
            _isMidLine = !text.EndsWith('\n');
        }
    }

    public void Call(ToolCall call, string result) => Line($"  [blue]{call}[/] → {result}");

    public void Measurements(AnswerMeter meter)
    {
        var speed = meter.TokensPerSecond is { } tokensPerSecond ? $" · {tokensPerSecond:0} tokens/s" : "";
        Line($"  [grey]first word after {meter.TimeToFirstWord?.TotalMilliseconds ?? 0:0} ms{speed} · {meter.CachedPromptTokens} of {meter.PromptTokens} prompt tokens cached[/]");
        _console.WriteLine();
    }

    public void Notice(string text) => Line($"  [yellow]{text}[/]");

    public void Failure(string text) => Line($"[red]{text}[/]");

    /// <summary>One line for what was found, and one below for what to do about it.</summary>
    public void Finding(PreflightCheck check)
    {
        var (color, word) = check.Status switch
        {
            PreflightStatus.Ok => ("green", "ok"),
            PreflightStatus.Warning => ("yellow", "warning"),
            _ => ("red", "failure"),
        };

        _console.MarkupLine($"[{color}]{word,-8}[/] {check.Name,-13} {Markup.Escape(check.Detail)}");
        if (check.Advice is { } advice)
        {
            _console.MarkupLineInterpolated($"                       → {advice}");
        }
    }

    private void Line(FormattableString line)
    {
        if (_isMidLine)
        {
            _console.WriteLine();
            _isMidLine = false;
        }

        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, line);
    }
}

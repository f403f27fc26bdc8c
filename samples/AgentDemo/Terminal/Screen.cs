using System.Globalization;
using System.Text.Json;
using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Sessions;
using Spectre.Console;

namespace AgentDemo.Terminal;

/// <summary>What the person sees. Without a terminal it is plain text.</summary>
internal sealed class Screen : IAudience
{
    private readonly IAnsiConsole _console;
    private readonly TypedLines? _input;
    private readonly bool _allowsAll;
    private bool _isMidLine;

    /// <param name="console">Where to write.</param>
    /// <param name="input">Where a person answers; <see langword="null"/>: nobody is there.</param>
    /// <param name="allowsAll">Whether dangerous tools run without being asked for; otherwise they do not run when nobody is there.</param>
    public Screen(IAnsiConsole console, TextReader? input = null, bool allowsAll = false)
    {
        _console = console;
        _input = input is null ? null : new TypedLines(input);
        _allowsAll = allowsAll;
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Capabilities.Ansi = false;
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
            console.Profile.Width = 1000; // A file has no right margin.
        }
    }

    public void Welcome(Scenario scenario, ModelInfo model, bool isPocket)
    {
        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{model.ModelId}[/] on {model.Device}, {model.ContextLength} tokens of context: {scenario.Title}");
        if (isPocket)
        {
            _console.MarkupLine("[grey]This is the pocket model: it calls tools, and knows little else. --model DIR runs a real one.[/]");
        }
    }

    /// <summary>What the person types, until they leave with <c>exit</c> or the end of input.</summary>
    public IEnumerable<string> Questions()
    {
        while (true)
        {
            _console.Markup("[bold green]You:[/] ");
            if (_input?.Read() is not { } line || line.Trim() == "exit")
            {
                yield break;
            }

            yield return line;
        }
    }

    public void See(AgentEvent happening)
    {
        switch (happening)
        {
            case Asked asked:
                Line($"[bold green]You:[/] {asked.Text}");
                break;
            case Words words:
                Write(words.Text);
                break;
            case Returned returned:
                Line($"  [blue]{returned.Call}[/] → {returned.Result}");
                break;
            case Refused refused:
                Line($"  [blue]{refused.Call}[/] → [yellow]not allowed[/]");
                break;
            case Filled filled:
                Form(filled.Form);
                break;
            case Answered answered:
                Measurements(answered);
                break;
            case Stopped:
                Line($"  [yellow]stopped[/]");
                break;
            case Failed failed:
                Failure(failed.Message);
                break;
        }
    }

    public async ValueTask<bool> AllowsAsync(ToolCall call, CancellationToken cancellationToken)
    {
        if (_allowsAll || _input is null)
        {
            return _allowsAll;
        }

        EndLine();
        _console.MarkupInterpolated($"  [yellow]May I call[/] [blue]{call}[/][yellow]?[/] y/N ");
        _isMidLine = true;
        var answer = await _input.ReadAsync(cancellationToken);
        _isMidLine = false;
        return answer?.Trim() is "y" or "Y" or "yes";
    }

    public void Failure(string text) => Line($"[red]{text}[/]");

    /// <summary>Straight to the writer: a piece of a line must not be wrapped or trimmed. Control characters would steer the terminal.</summary>
    public void Write(string text)
    {
        _console.Profile.Out.Writer.Write(string.Concat(text.Where(c => c is '\n' or '\t' || !char.IsControl(c))));
        _console.Profile.Out.Writer.Flush();
        _isMidLine = !text.EndsWith('\n');
    }

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

    private void Form(JsonElement form)
    {
        foreach (var field in form.EnumerateObject())
        {
            Line($"  [blue]{field.Name,-10}[/] {field.Value}");
        }
    }

    private void Measurements(Answered answered)
    {
        var speed = answered.TokensPerSecond is { } tokensPerSecond ? $" · {tokensPerSecond:0} tokens/s" : "";
        Line($"  [grey]first word after {answered.FirstWordMilliseconds ?? 0:0} ms{speed} · {answered.CachedPromptTokens} of {answered.PromptTokens} prompt tokens cached[/]");
        _console.WriteLine();
    }

    private void EndLine()
    {
        if (_isMidLine)
        {
            _console.WriteLine();
            _isMidLine = false;
        }
    }

    private void Line(FormattableString line)
    {
        EndLine();
        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, line);
    }
}

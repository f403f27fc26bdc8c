using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance;

/// <summary>Everything that was found, as a document to keep.</summary>
internal sealed record MarkdownReport(
    DateTimeOffset Time,
    AcceptanceTarget Target,
    PreflightReport Preflight,
    IReadOnlyList<AcceptanceResult> Tasks,
    IReadOnlyList<AcceptanceResult> Questions)
{
    public bool HasFailed => Tasks.Concat(Questions).Any(result => result.Finding.Outcome == Outcome.Fail);

    public override string ToString()
    {
        var text = new StringBuilder();
        AppendLine(text, $"# Acceptance of {Target.Model.ModelId} on {Target.Model.EngineName} {Target.Model.EngineVersion}");
        AppendSummary(text);
        AppendPreflight(text);
        AppendResults(text, "Checks", Tasks);
        AppendResults(text, "Questions that no document settles", Questions);
        AppendTranscript(text);
        return text.ToString();
    }

    private void AppendSummary(StringBuilder text)
    {
        var results = Tasks.Concat(Questions).ToList();
        int Count(Outcome outcome) => results.Count(result => result.Finding.Outcome == outcome);

        AppendLine(text, $"**{(HasFailed ? "Not accepted" : "Accepted")}**: {Count(Outcome.Pass)} passed, {Count(Outcome.Fail)} failed, {Count(Outcome.NotApplicable)} not applicable.");
        AppendLine(text, $"| | |\n|---|---|");
        AppendRow(text, "Time", Time.ToString("u", CultureInfo.InvariantCulture));
        AppendRow(text, "Endpoint", Target.Model.Endpoint?.OriginalString ?? "in this process");
        AppendRow(text, "Protocol", Target.Server?.Protocol ?? "none");
        AppendRow(text, "Engine", $"{Target.Model.EngineName} {Target.Model.EngineVersion} on {Target.Model.Device}");
        AppendRow(text, "Context", $"{Figure.Count(Target.Model.ContextLength)} tokens");
        AppendRow(text, "Features", Target.Model.Features.ToString());
        AppendRow(text, "Client", $"LlamaFp4 {typeof(ITokenSession).Assembly.GetName().Version?.ToString(3)}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors");
        text.Append('\n');
    }

    private void AppendPreflight(StringBuilder text)
    {
        AppendLine(text, $"## Preflight of the client's machine");
        AppendLine(text, $"| Check | Result | Found |\n|---|---|---|");
        foreach (var check in Preflight.Checks)
        {
            AppendRow(text, check.Name, check.Status.ToString().ToLowerInvariant(), check.Advice is { } advice ? $"{check.Detail} → {advice}" : check.Detail);
        }

        text.Append('\n');
    }

    private static void AppendResults(StringBuilder text, string title, IReadOnlyList<AcceptanceResult> results)
    {
        AppendLine(text, $"## {title}");
        AppendLine(text, $"| | Result | Observed | Took |\n|---|---|---|--:|");
        foreach (var (name, finding, elapsed) in results)
        {
            AppendRow(text, name, finding.Outcome switch { Outcome.Pass => "pass", Outcome.Fail => "fail", _ => "not applicable" }, finding.Observed, finding.Outcome == Outcome.NotApplicable ? "" : Figure.Seconds(elapsed));
        }

        text.Append('\n');
    }

    private void AppendTranscript(StringBuilder text)
    {
        AppendLine(text, $"## Answers");
        foreach (var (prompt, answer) in Target.Transcript)
        {
            AppendLine(text, $"> {Inline(prompt)}");
            AppendLine(text, $"{Fence(answer)}\n{answer.TrimEnd()}\n{Fence(answer)}");
        }
    }

    private static void AppendRow(StringBuilder text, params ReadOnlySpan<string> cells)
    {
        text.Length -= text is [.., '\n', '\n'] ? 1 : 0;
        foreach (var cell in cells)
        {
            text.Append("| ").Append(Inline(cell)).Append(' ');
        }

        text.Append("|\n");
    }

    /// <summary>A paragraph: what follows is separated by an empty line.</summary>
    private static void AppendLine(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\n\n");

    // What a model or server wrote must not become markup, nor end a table's cell.
    private static string Inline(string text)
    {
        var inline = new StringBuilder();
        foreach (var character in text)
        {
            _ = character switch
            {
                '\n' => inline.Append("\\n"),
                '|' or '\\' or '<' or '*' or '_' or '`' or '[' => inline.Append('\\').Append(character),
                _ when char.IsControl(character) => inline.Append(' '),
                _ => inline.Append(character),
            };
        }

        return inline.ToString();
    }

    /// <summary>More backticks than the text has in a row.</summary>
    private static string Fence(string text)
    {
        var fence = "```";
        while (text.Contains(fence, StringComparison.Ordinal))
        {
            fence += "`";
        }

        return fence;
    }
}

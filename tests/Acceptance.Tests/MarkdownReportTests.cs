using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.PocketModel;

namespace LlamaFp4.Acceptance.Tests;

public class MarkdownReportTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ToString_Results_AreTables()
    {
        using var session = CpuSession.Load(PocketCheckpoint.DirectoryPath);
        var target = new AcceptanceTarget(session) { Transcript = { ("Hello, my name is", " Anna.") } };
        var report = new MarkdownReport(
            Time,
            target,
            new PreflightReport([]),
            [new AcceptanceResult("One stream alone", Finding.Pass("831 tokens/s"), TimeSpan.FromMilliseconds(12.34))],
            [
                new AcceptanceResult("Guide: any JSON", Finding.Fail("not | JSON\n*at all*"), TimeSpan.FromSeconds(2)),
                new AcceptanceResult("Guide: EBNF grammar", Finding.NotApplicable("not known"), TimeSpan.Zero),
            ]);

        var text = report.ToString();

        Assert.StartsWith($"# Acceptance of pocket on {session.Model.EngineName} {session.Model.EngineVersion}\n\n**Not accepted**: 1 passed, 1 failed, 1 not applicable.\n\n| | |\n|---|---|\n| Time | 2026-11-25 12:00:00Z |\n", text, StringComparison.Ordinal);
        Assert.Contains("""
            ## Checks

            | | Result | Observed | Took |
            |---|---|---|--:|
            | One stream alone | pass | 831 tokens/s | 12.3 ms |

            ## Questions that no document settles

            | | Result | Observed | Took |
            |---|---|---|--:|
            | Guide: any JSON | fail | not \| JSON\n\*at all\* | 2.00 s |
            | Guide: EBNF grammar | not applicable | not known |  |

            ## Answers

            > Hello, my name is

            ```
             Anna.
            ```

            """, text, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_AnswerWithBackticks_StaysInItsFence()
    {
        using var session = CpuSession.Load(PocketCheckpoint.DirectoryPath);
        var target = new AcceptanceTarget(session) { Transcript = { ("Write code.", "```\nprint()\n```") } };

        var text = new MarkdownReport(Time, target, new PreflightReport([]), [], []).ToString();

        Assert.EndsWith("> Write code.\n\n````\n```\nprint()\n```\n````\n\n", text, StringComparison.Ordinal);
    }
}

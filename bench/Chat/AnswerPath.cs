using System.Diagnostics;

namespace LlamaFp4.Bench.Chat;

/// <summary>One way on which the tokens of an answer reach their reader, and what it costs.</summary>
/// <param name="name">What the report calls it.</param>
/// <param name="answersPerRound">How many answers are timed together: enough for a tenth of a second.</param>
/// <param name="readAsync">Reads one answer to its end and returns how many tokens, or characters of text, it had.</param>
internal sealed class AnswerPath(string name, int answersPerRound, Func<Task<int>> readAsync)
{
    private readonly List<(double Microseconds, double Bytes)> _rounds = [];

    public async Task WarmUpAsync(TimeSpan duration)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration;)
        {
            await readAsync();
        }
    }

    /// <param name="tokens">Tokens of one answer.</param>
    /// <param name="expected">What reading an answer must return.</param>
    public async Task MeasureAsync(int tokens, int expected)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < answersPerRound; i++)
        {
            if (await readAsync() is var read && read != expected)
            {
                throw new InvalidOperationException($"{name}: read {read}, expected {expected}.");
            }
        }

        var elapsed = Stopwatch.GetElapsedTime(start);
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        _rounds.Add((elapsed.TotalMicroseconds / answersPerRound / tokens, (double)bytes / answersPerRound / tokens));
    }

    public AnswerCost ToCost() => new(
        name, Median.Of(_rounds.Select(round => round.Microseconds)), Median.Of(_rounds.Select(round => round.Bytes)));
}

/// <summary>What one token costs on a path.</summary>
internal sealed record AnswerCost(string Path, double MicrosecondsPerToken, double BytesPerToken)
{
    public double TokensPerSecond => 1e6 / MicrosecondsPerToken;
}

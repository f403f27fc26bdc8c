using System.Diagnostics;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>How long a thread spins before it parks: long where that has been worth it lately, short where it has not.</summary>
/// <remarks>
/// On a machine of its own the others are never far behind, and a spinning thread goes on within nanoseconds. Beside a busy process
/// they may have lost their processor for milliseconds, and spinning takes away what they wait for.
/// </remarks>
internal struct SpinBudget(long ticks)
{
    // Of one wait: longer than the stages of a step are uneven, shorter than an idle machine would notice.
    private static readonly long Longest = Stopwatch.Frequency / 10_000;

    // Still longer than it takes another thread to finish a small item.
    private static readonly long Shortest = Stopwatch.Frequency / 500_000;

    public long Ticks { get; private set; } = ticks;

    public static SpinBudget Full => new(Longest);

    public static SpinBudget None => new(0);

    /// <summary>What was waited for came while the thread was spinning.</summary>
    public void Paid() => Ticks = long.Min(2 * Ticks, Longest);

    /// <summary>It did not.</summary>
    public void Wasted() => Ticks = Ticks == 0 ? 0 : long.Max(Ticks / 2, Shortest);
}

using System.Diagnostics;
using System.Globalization;

namespace LlamaFp4.Bench.Wire;

/// <summary>The moment of sending, as two token ids or as text: client and stand-in read the same clock, so the difference is the way between them.</summary>
internal static class TimedToken
{
    // Ordinary tokens of the pocket vocabulary begin below and end above these.
    private const int FirstId = 1000;
    private const int Base = 2048;

    /// <summary>Microseconds of the system's monotonic clock; the same in all processes.</summary>
    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    public static int[] ToIds(long time) => [FirstId + (int)(time / Base % Base), FirstId + (int)(time % Base)];

    /// <summary>Microseconds since the ids were sent, less than four seconds.</summary>
    public static double Since(ReadOnlySpan<int> ids)
    {
        const long range = (long)Base * Base;
        var sent = ((long)(ids[0] - FirstId) * Base) + ids[1] - FirstId;
        return (((Now - sent) % range) + range) % range;
    }

    public static string ToText(long time) => time.ToString(CultureInfo.InvariantCulture);

    public static double Since(string text) => Now - long.Parse(text, CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace LlamaFp4.Acceptance;

/// <summary>Measurements as people read them, the same in every culture.</summary>
internal static class Figure
{
    public static string Seconds(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");

    public static string Count(double count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A percentile; the nearest value that was measured.</summary>
    public static TimeSpan Percentile(IEnumerable<TimeSpan> times, double percent)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(percent / 100 * sorted.Count) - 1];
    }
}

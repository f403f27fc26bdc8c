namespace LlamaFp4.Bench.Chat;

/// <summary>The value in the middle, which a disturbed round does not move.</summary>
internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}

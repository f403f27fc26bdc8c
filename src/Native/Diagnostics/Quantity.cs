using System.Globalization;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Numbers as people read them, the same in every culture. A GB is 10^9 bytes, as on a checkpoint's model card.</summary>
internal static class Quantity
{
    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:#,0.0} GB"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:#,0} B"),
    };

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}

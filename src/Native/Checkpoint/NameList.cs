namespace LlamaFp4.Native.Checkpoint;

/// <summary>Names in an error message: all of them, up to a number nobody reads beyond.</summary>
internal static class NameList
{
    private const int Limit = 1000;

    public static string Join(IReadOnlyList<string> names)
    {
        var shown = string.Join(", ", names.Take(Limit));
        return names.Count <= Limit ? shown : $"{shown} and {names.Count - Limit} more";
    }
}

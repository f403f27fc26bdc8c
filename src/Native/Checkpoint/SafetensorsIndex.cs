namespace LlamaFp4.Native.Checkpoint;

/// <summary>Reads <c>model.safetensors.index.json</c>: which tensor lies in which file of the directory.</summary>
internal static class SafetensorsIndex
{
    private const string Extension = ".safetensors";

    public static IReadOnlyDictionary<string, string> Read(string file)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (tensor, field) in JsonField.ReadFile(file)["weight_map"].Members())
        {
            var name = field.ToText("a file name");
            files.Add(tensor, IsPlainName(name) ? name : throw field.Unexpected($"a plain file name ending in {Extension}, inside the checkpoint's directory"));
        }

        return files;
    }

    // The same on every system: a name that means a path, a stream or a drive on one of them is refused on all.
    private static bool IsPlainName(string name) =>
        name.EndsWith(Extension, StringComparison.Ordinal)
        && name.Length > Extension.Length
        && !name.StartsWith("..", StringComparison.Ordinal)
        && !name.AsSpan().ContainsAny("/\\:\0");
}

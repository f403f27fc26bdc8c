namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Finds the directory that a container must see so that every file of a checkpoint can be read in it.</summary>
/// <remarks>The Hugging Face cache keeps a checkpoint as links into a sibling directory, which would dangle if only the checkpoint were mounted.</remarks>
internal static class CheckpointMount
{
    public static string RootOf(string modelDirectory)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(modelDirectory));
        foreach (var file in new DirectoryInfo(root).EnumerateFileSystemInfos())
        {
            if (file.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                root = CommonParent(root, Path.GetDirectoryName(target.FullName)!);
            }
        }

        return root != Path.GetPathRoot(root)
            ? root
            : throw new ArgumentException(
                $"The files of '{modelDirectory}' are links to another place that shares no directory with it; a container would need the whole file system. Expected a directory that holds its files.",
                nameof(modelDirectory));
    }

    private static string CommonParent(string first, string second)
    {
        while (second != first && !second.StartsWith(Path.EndsInDirectorySeparator(first) ? first : first + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            first = Path.GetDirectoryName(first)!;
        }

        return first;
    }
}

namespace LlamaFp4.Tests.Shared;

/// <summary>Finds files of the repository from a running test.</summary>
internal static class RepositoryFiles
{
    private static readonly Lazy<string> Root = new(FindRoot);

    /// <summary>Full path of a file or folder that must exist, given relative to the repository root.</summary>
    public static string PathOf(params string[] segments)
    {
        var path = Path.Combine([Root.Value, .. segments]);
        return Path.Exists(path) ? path : throw new FileNotFoundException($"The repository lacks {string.Join('/', segments)}, which this test needs.", path);
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Provider.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Provider.sln.");
    }
}

namespace LlamaFp4.Packages.Tests;

/// <summary>A folder outside the repository that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("llamafp4-").FullName;

    public string this[params string[] segments] => System.IO.Path.Combine([Path, .. segments]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

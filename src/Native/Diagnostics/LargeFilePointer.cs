namespace LlamaFp4.Native.Diagnostics;

/// <summary>Recognises the few lines that Git LFS leaves where a large file was not downloaded.</summary>
internal static class LargeFilePointer
{
    // The pointer's specification allows at most this many bytes.
    private const int LongestPointer = 1024;

    private static ReadOnlySpan<byte> Start => "version https://git-lfs.github.com/spec/"u8;

    public static bool IsAt(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length < LongestPointer && File.ReadAllBytes(path).AsSpan().StartsWith(Start);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

using Microsoft.Win32.SafeHandles;

namespace LlamaFp4.Native.Checkpoint;

/// <summary>Opens the files of a checkpoint; whatever the file system objects to becomes a <see cref="CheckpointException"/>.</summary>
internal static class CheckpointFile
{
    /// <summary>Whether anything has that name; a directory counts, so that it is refused later instead of being taken for a missing file.</summary>
    public static bool IsPresent(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>Opens a non-empty regular file, following links (model caches consist of them).</summary>
    public static SafeFileHandle Open(string path, out long length)
    {
        if (Directory.Exists(path))
        {
            throw new CheckpointException(path, null, "is a directory, expected a file.");
        }

        if (!File.Exists(path))
        {
            throw new CheckpointException(path, null, "does not exist.");
        }

        try
        {
            // Asked before opening: a pipe or device has length 0, and opening a pipe would wait for its writer.
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            if (target.Length == 0)
            {
                throw new CheckpointException(path, null, "is empty.");
            }

            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            length = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CheckpointException(path, null, $"cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a whole file of at most <paramref name="limit"/> bytes.</summary>
    public static byte[] ReadAllBytes(string path, int limit)
    {
        using var handle = Open(path, out var length);
        if (length > limit)
        {
            throw new CheckpointException(path, null, $"has {length} bytes, expected at most {limit}.");
        }

        try
        {
            var bytes = new byte[length];
            var filled = 0;
            while (filled < bytes.Length)
            {
                var read = RandomAccess.Read(handle, bytes.AsSpan(filled), filled);
                if (read == 0)
                {
                    throw new CheckpointException(path, null, $"ends after {filled} bytes, expected {length}.");
                }

                filled += read;
            }

            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, null, $"cannot be read: {exception.Message}", exception);
        }
    }
}

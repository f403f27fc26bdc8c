using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace LlamaFp4.Native.Checkpoint;

/// <summary>A safetensors file, mapped read-only: its pages are the page cache's own, shared by every process that maps it.</summary>
/// <remarks>The file must not shrink while it is mapped; touching a page beyond its end kills the process, and no check can prevent that.</remarks>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LengthField = sizeof(long);
    private const long HeaderLimit = 100_000_000;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly byte* _data;
    private bool _disposed;

    private SafetensorsFile(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        Path = path;
        Length = length;
        _file = file;
        _view = view;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += view.PointerOffset;
        try
        {
            var headerLength = ReadHeaderLength();
            var headerEnd = LengthField + headerLength;
            _data = _start + headerEnd;
            Entries = SafetensorsHeader.Parse(path, new ReadOnlySpan<byte>(_start + LengthField, (int)headerLength), length - headerEnd);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Length { get; }

    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    public static SafetensorsFile Open(string path)
    {
        var handle = CheckpointFile.Open(path, out var length);
        try
        {
            if (length < LengthField)
            {
                throw new CheckpointException(path, null, $"has {length} bytes, expected at least the {LengthField} of a safetensors header length.");
            }

            return Map(path, handle, length);
        }
        catch (Exception exception)
        {
            handle.Dispose();
            if (exception is IOException or UnauthorizedAccessException or OutOfMemoryException)
            {
                // OutOfMemoryException: no address space left for the mapping.
                throw new CheckpointException(path, null, $"cannot be mapped into memory: {exception.Message}", exception);
            }

            throw;
        }
    }

    public TensorView View(SafetensorsEntry entry) => new(_data + entry.Begin, entry.ByteLength);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static SafetensorsFile Map(string path, SafeFileHandle handle, long length)
    {
        // The handle stays open with the mapping: its shared lock keeps well-behaved writers out.
        var file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new SafetensorsFile(path, file, view, length);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    private long ReadHeaderLength()
    {
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_start, LengthField));
        if (headerLength > HeaderLimit)
        {
            throw new CheckpointException(Path, null, $"claims a header of {headerLength} bytes, expected at most {HeaderLimit}.");
        }

        return (long)headerLength <= Length - LengthField
            ? (long)headerLength
            : throw new CheckpointException(Path, null, $"ends inside its header of {headerLength} bytes: the file has {Length} bytes.");
    }
}

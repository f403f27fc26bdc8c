using System.Runtime.InteropServices;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Zeroed memory outside of the collected heap, aligned to whole vectors and cache lines.</summary>
internal sealed unsafe class NativeArray<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;

    private T* _pointer;

    public NativeArray(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var bytes = (nuint)checked(long.Max(length, 1) * sizeof(T));
        _pointer = (T*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_pointer, bytes);
        Length = length;
    }

    public long Length { get; }

    public T* Pointer => _pointer;

    public T* At(long index) => _pointer + index;

    public Span<T> Slice(long start, int length) => new(_pointer + start, length);

    // For what was allocated when its owner failed to come into being.
    ~NativeArray() => Free();

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}

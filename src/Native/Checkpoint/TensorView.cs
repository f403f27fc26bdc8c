namespace LlamaFp4.Native.Checkpoint;

/// <summary>A tensor's bytes in the mapped file, read-only. Valid until the checkpoint is disposed.</summary>
/// <remarks>
/// <see cref="Data"/> has no alignment: the JSON header before the data may have any length. Read wider elements with
/// <c>Unsafe.ReadUnaligned</c> or unaligned vector loads. Elements are little-endian.
/// </remarks>
internal readonly unsafe struct TensorView(byte* data, long byteLength)
{
    public byte* Data { get; } = data;

    public long ByteLength { get; } = byteLength;

    /// <summary>A part of the bytes; a span cannot hold the largest tensors as a whole.</summary>
    public ReadOnlySpan<byte> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, ByteLength - length);
        return new ReadOnlySpan<byte>(Data + start, length);
    }
}

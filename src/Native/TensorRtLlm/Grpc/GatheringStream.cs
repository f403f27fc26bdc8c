namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Makes one gRPC message of those that have come, so that fifty of one token each cost what one does.</summary>
/// <remarks>Its payload are the messages as they came, with their prefixes: <see cref="GatheredMessages"/>. Waits for no more than the first of them.
/// One that is longer than the buffer is passed on alone.</remarks>
internal sealed class GatheringStream(Stream inner) : Stream
{
    // Some fifty messages of one token.
    private const int BufferSize = 4096;

    // In front of what has come there is always room for the prefix of the message that is made of it.
    private readonly byte[] _buffer = new byte[GrpcPrefix.Size + BufferSize];
    private int _start = GrpcPrefix.Size;
    private int _end = GrpcPrefix.Size;

    // Of the gathered message, not yet handed out; more than there is in the buffer if its end is still to come.
    private long _left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0 && !TryGather())
        {
            return WaitAsync(buffer, cancellationToken);
        }

        return _start < _end ? ValueTask.FromResult(Take(buffer.Span)) : PassAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        do
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer.AsSpan(GrpcPrefix.Size));
            (_start, _end) = (GrpcPrefix.Size, GrpcPrefix.Size + _end - _start);
            var read = await inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            if (read == 0)
            {
                if (_start == _end)
                {
                    return 0;
                }

                // Of a message that was cut off the reader shall find that it was.
                Begin(_end - _start + 1);
                break;
            }
        }
        while (!TryGather());

        return Take(buffer.Span);
    }

    private bool TryGather()
    {
        var held = _buffer.AsSpan(_start, _end - _start);
        var whole = 0;
        while (held.Length - whole >= GrpcPrefix.Size)
        {
            var size = GrpcPrefix.Size + (long)GrpcPrefix.LengthOf(held[whole..]);
            if (size > held.Length - whole)
            {
                if (whole > 0 || size <= BufferSize)
                {
                    break;
                }

                Begin(size);
                return true;
            }

            whole += (int)size;
        }

        if (whole > 0)
        {
            Begin(whole);
        }

        return whole > 0;
    }

    private void Begin(long size)
    {
        _start -= GrpcPrefix.Size;
        GrpcPrefix.Write(_buffer.AsSpan(_start), (uint)Math.Min(size, uint.MaxValue));
        _left = GrpcPrefix.Size + size;
    }

    private int Take(Span<byte> destination)
    {
        var count = (int)Math.Min(Math.Min(destination.Length, _end - _start), _left);
        _buffer.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        _left -= count;
        return count;
    }

    private async ValueTask<int> PassAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken).ConfigureAwait(false);
        _left -= read;
        return read;
    }
}

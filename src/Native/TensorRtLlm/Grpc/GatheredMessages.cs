using System.Buffers;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Messages that came together: what <see cref="GatheringStream"/> has made one of, taken apart again.</summary>
internal sealed class GatheredMessages : IDisposable
{
    // What is longer is one message alone, and rare: it is not worth keeping room for.
    private const int MostRented = 8192;

    private readonly byte[] _bytes;
    private readonly int _end;
    private int _start;

    /// <param name="payload">Messages with their prefixes, each of them whole. Copied.</param>
    public GatheredMessages(ReadOnlySequence<byte> payload)
    {
        _end = (int)payload.Length;
        _bytes = _end <= MostRented ? ArrayPool<byte>.Shared.Rent(_end) : GC.AllocateUninitializedArray<byte>(_end);
        payload.CopyTo(_bytes);
    }

    /// <summary>The next message, valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ServerFailureException">It is compressed.</exception>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        if (_start == _end)
        {
            message = default;
            return false;
        }

        // Never beyond the end: what a rented array holds there is of other requests.
        var left = _bytes.AsSpan(_start, _end - _start);
        var prefix = left[..GrpcPrefix.Size];
        if (GrpcPrefix.IsCompressed(prefix))
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, "sent a compressed message, which was not asked for");
        }

        message = left.Slice(GrpcPrefix.Size, (int)GrpcPrefix.LengthOf(prefix));
        _start += GrpcPrefix.Size + message.Length;
        return true;
    }

    /// <summary>To be called once.</summary>
    public void Dispose()
    {
        if (_end <= MostRented)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;

namespace LlamaFp4.Native.TensorRtLlm.Http;

/// <summary>Cuts a stream of server-sent events into the data of each event, in place in one pooled buffer.</summary>
/// <remarks>Every event of these servers is one line <c>data: …</c>. Other fields and comments, which proxies send to keep connections open, are skipped.</remarks>
internal sealed class EventReader(Stream stream, int maxEventSize) : IDisposable
{
    private const int InitialSize = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _start;
    private int _searched;
    private int _end;

    private static ReadOnlySpan<byte> DataField => "data:"u8;

    /// <summary>Reads what has come, at least something.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="ServerFailureException">An event is larger than allowed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    /// <summary>The data of the next event that is there completely.</summary>
    /// <param name="data">Valid until the next <see cref="FillAsync"/>.</param>
    public bool TryRead(out ReadOnlySpan<byte> data)
    {
        while (TryReadLine(out var line))
        {
            if (line.StartsWith(DataField))
            {
                data = line[DataField.Length..].Trim((byte)' ');
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>Forgets what has been read.</summary>
    public void Clear() => _start = _searched = _end;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // A carriage return alone ends no line here: JSON has none inside, and it would be trimmed as white space of JSON.
    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        var length = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (length < 0)
        {
            _searched = _end;
            line = default;
            return false;
        }

        line = _buffer.AsSpan(_start, _searched + length - _start).TrimEnd((byte)'\r');
        _start = _searched = _searched + length + 1;
        return true;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_searched, _end, _start) = (_searched - _start, _end - _start, 0);
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        if (_end >= maxEventSize)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent a message of more than {maxEventSize >> 20} MiB (MaxMessageSize)");
        }

        var larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}

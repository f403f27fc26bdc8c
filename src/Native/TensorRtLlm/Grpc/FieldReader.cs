namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>Reads the fields of a protobuf message where they lie. What it does not understand is for the generated parser.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Whether the message is malformed as far as it has been read.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Number and kind of the next field: its tag.</summary>
    public uint ReadTag() => (uint)ReadVarint();

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < _rest.Length && i < 10; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        return Break();
    }

    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        if (length > (ulong)_rest.Length)
        {
            Break();
            return [];
        }

        var bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return bytes;
    }

    private ulong Break()
    {
        IsBroken = true;
        _rest = [];
        return 0;
    }
}

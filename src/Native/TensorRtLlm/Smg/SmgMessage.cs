using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.TensorRtLlm.Smg;

/// <summary>A message of the stream: a chunk of tokens without log probabilities, as nearly all are, or whatever it is in full.</summary>
/// <remarks>Read where it lies, and used anew for each message: a chunk costs no object, where the generated parser makes five.</remarks>
internal sealed class SmgMessage
{
    private const uint RequestIdTag = (1 << 3) | 2;
    private const uint ChunkTag = (2 << 3) | 2;
    private const uint PackedTokenIdsTag = (1 << 3) | 2;
    private const uint TokenIdTag = 1 << 3;
    private const uint SequenceIndexTag = 2 << 3;
    private const uint PromptTokensTag = 3 << 3;
    private const uint CompletionTokensTag = 4 << 3;
    private const uint CachedTokensTag = 5 << 3;

    private uint[] _tokenIds = new uint[4];
    private int _count;

    /// <summary>Set if the message is anything but a plain chunk.</summary>
    public GenerateResponse? Full { get; private set; }

    public uint SequenceIndex { get; private set; }

    public uint CompletionTokens { get; private set; }

    public ReadOnlySpan<uint> TokenIds => _tokenIds.AsSpan(0, _count);

    /// <summary>Reads the next message; nothing is left of the one before.</summary>
    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">It is no message.</exception>
    public void Read(ReadOnlySpan<byte> message)
    {
        (_count, SequenceIndex, CompletionTokens) = (0, 0, 0);
        Full = TryReadPlain(message) ? null : GenerateResponse.Parser.ParseFrom(message);
    }

    private bool TryReadPlain(ReadOnlySpan<byte> message)
    {
        var reader = new FieldReader(message);
        var isChunk = false;
        while (!reader.IsAtEnd)
        {
            switch (reader.ReadTag())
            {
                case RequestIdTag:
                    reader.ReadBytes();
                    break;
                case ChunkTag when !isChunk:
                    isChunk = TryReadChunk(reader.ReadBytes());
                    if (!isChunk)
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }
        }

        return isChunk && !reader.IsBroken;
    }

    private bool TryReadChunk(ReadOnlySpan<byte> chunk)
    {
        var reader = new FieldReader(chunk);
        while (!reader.IsAtEnd)
        {
            switch (reader.ReadTag())
            {
                case TokenIdTag:
                    Add((uint)reader.ReadVarint());
                    break;
                case PackedTokenIdsTag:
                    var tokenIds = new FieldReader(reader.ReadBytes());
                    while (!tokenIds.IsAtEnd)
                    {
                        Add((uint)tokenIds.ReadVarint());
                    }

                    if (tokenIds.IsBroken)
                    {
                        return false;
                    }

                    break;
                case SequenceIndexTag:
                    SequenceIndex = (uint)reader.ReadVarint();
                    break;
                case CompletionTokensTag:
                    CompletionTokens = (uint)reader.ReadVarint();
                    break;
                case PromptTokensTag or CachedTokensTag:
                    reader.ReadVarint();
                    break;
                default:
                    return false;
            }
        }

        return !reader.IsBroken;
    }

    private void Add(uint tokenId)
    {
        if (_count == _tokenIds.Length)
        {
            Array.Resize(ref _tokenIds, 2 * _count);
        }

        _tokenIds[_count++] = tokenId;
    }
}

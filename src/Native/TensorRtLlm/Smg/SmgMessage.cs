using System.Buffers;
using Grpc.Core;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.TensorRtLlm.Smg;

/// <summary>A message of the stream: a chunk of tokens without log probabilities, as nearly all are, or whatever it is in full.</summary>
/// <remarks>Read where it lies: a chunk of one token costs one object, where the generated parser makes five.</remarks>
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

    private uint _first;
    private uint[]? _tokenIds;

    /// <summary>The call that streams answers, with this reader of them.</summary>
    public static Method<GenerateRequest, SmgMessage> Generate { get; } = new(
        MethodType.ServerStreaming,
        TrtllmService.Descriptor.FullName,
        nameof(Generate),
        TokenStreams.RequestMarshaller<GenerateRequest>(),
        TokenStreams.ResponseMarshaller(Read));

    /// <summary>Set if the message is anything but a plain chunk.</summary>
    public GenerateResponse? Full { get; private init; }

    public int Count { get; private set; }

    public uint SequenceIndex { get; private set; }

    public uint CompletionTokens { get; private set; }

    public uint this[int index] => _tokenIds is null ? _first : _tokenIds[index];

    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">It is no message.</exception>
    public static SmgMessage Read(ReadOnlySequence<byte> payload)
    {
        var message = new SmgMessage();
        return payload.IsSingleSegment && message.TryReadPlain(payload.FirstSpan) ? message : new SmgMessage { Full = GenerateResponse.Parser.ParseFrom(payload) };
    }

    private bool TryReadPlain(ReadOnlySpan<byte> payload)
    {
        var reader = new FieldReader(payload);
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
        if (Count == 0)
        {
            _first = tokenId;
        }
        else
        {
            _tokenIds ??= [_first, 0, 0, 0];
            if (Count == _tokenIds.Length)
            {
                Array.Resize(ref _tokenIds, 2 * Count);
            }

            _tokenIds[Count] = tokenId;
        }

        Count++;
    }
}

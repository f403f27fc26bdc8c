using System.Buffers;
using Grpc.Core;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.TensorRtLlm.OpenEngine;

/// <summary>An event of the stream: one token without log probability, as nearly all are, or whatever it is in full.</summary>
/// <remarks>Read where it lies: it costs one object, where the generated parser makes six.</remarks>
internal sealed class OpenEngineMessage
{
    private const uint RequestIdTag = (1 << 3) | 2;
    private const uint TokenTag = (3 << 3) | 2;
    private const uint OutputIndexTag = 1 << 3;
    private const uint TokensTag = (2 << 3) | 2;
    private const uint TokenIdTag = 1 << 3;

    /// <summary>The call that streams answers, with this reader of them.</summary>
    public static Method<GenerateRequest, OpenEngineMessage> Generate { get; } = new(
        MethodType.ServerStreaming,
        Inference.Descriptor.FullName,
        nameof(Generate),
        TokenStreams.RequestMarshaller<GenerateRequest>(),
        TokenStreams.ResponseMarshaller(Read));

    /// <summary>Set if the event is anything but one plain token.</summary>
    public GenerateResponse? Full { get; private init; }

    public uint OutputIndex { get; private set; }

    public uint TokenId { get; private set; }

    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">It is no message.</exception>
    public static OpenEngineMessage Read(ReadOnlySequence<byte> payload)
    {
        var message = new OpenEngineMessage();
        return payload.IsSingleSegment && message.TryReadPlain(payload.FirstSpan) ? message : new OpenEngineMessage { Full = GenerateResponse.Parser.ParseFrom(payload) };
    }

    private bool TryReadPlain(ReadOnlySpan<byte> payload)
    {
        var reader = new FieldReader(payload);
        var isToken = false;
        while (!reader.IsAtEnd)
        {
            switch (reader.ReadTag())
            {
                case RequestIdTag:
                    reader.ReadBytes();
                    break;
                case TokenTag when !isToken && TryReadOutput(reader.ReadBytes()):
                    isToken = true;
                    break;
                default:
                    return false;
            }
        }

        return isToken && !reader.IsBroken;
    }

    private bool TryReadOutput(ReadOnlySpan<byte> output)
    {
        var reader = new FieldReader(output);
        var tokens = 0;
        while (!reader.IsAtEnd)
        {
            switch (reader.ReadTag())
            {
                case OutputIndexTag:
                    OutputIndex = (uint)reader.ReadVarint();
                    break;
                case TokensTag when tokens++ == 0 && TryReadToken(reader.ReadBytes()):
                    break;
                default:
                    return false;
            }
        }

        return tokens == 1 && !reader.IsBroken;
    }

    // The id 0 is left out on the wire.
    private bool TryReadToken(ReadOnlySpan<byte> token)
    {
        var reader = new FieldReader(token);
        while (!reader.IsAtEnd)
        {
            if (reader.ReadTag() != TokenIdTag)
            {
                return false;
            }

            TokenId = (uint)reader.ReadVarint();
        }

        return !reader.IsBroken;
    }
}

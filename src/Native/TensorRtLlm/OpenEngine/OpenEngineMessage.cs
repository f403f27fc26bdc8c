using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.TensorRtLlm.OpenEngine;

/// <summary>An event of the stream: one token without log probability, as nearly all are, or whatever it is in full.</summary>
/// <remarks>Read where it lies, and used anew for each event: it costs no object, where the generated parser makes six.</remarks>
internal sealed class OpenEngineMessage
{
    private const uint RequestIdTag = (1 << 3) | 2;
    private const uint TokenTag = (3 << 3) | 2;
    private const uint OutputIndexTag = 1 << 3;
    private const uint TokensTag = (2 << 3) | 2;
    private const uint TokenIdTag = 1 << 3;

    /// <summary>Set if the event is anything but one plain token.</summary>
    public GenerateResponse? Full { get; private set; }

    public uint OutputIndex { get; private set; }

    public uint TokenId { get; private set; }

    /// <summary>Reads the next event; nothing is left of the one before.</summary>
    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">It is no message.</exception>
    public void Read(ReadOnlySpan<byte> message)
    {
        (OutputIndex, TokenId) = (0, 0);
        Full = TryReadPlain(message) ? null : GenerateResponse.Parser.ParseFrom(message);
    }

    private bool TryReadPlain(ReadOnlySpan<byte> message)
    {
        var reader = new FieldReader(message);
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

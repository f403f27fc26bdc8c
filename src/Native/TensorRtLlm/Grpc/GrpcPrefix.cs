using System.Buffers.Binary;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>What stands before each message of a gRPC stream: one byte that tells whether it is compressed, four with its length, the highest first.</summary>
internal static class GrpcPrefix
{
    public const int Size = 5;

    public static bool IsCompressed(ReadOnlySpan<byte> prefix) => prefix[0] != 0;

    public static uint LengthOf(ReadOnlySpan<byte> prefix) => BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);

    /// <summary>Writes the prefix of a message that is not compressed.</summary>
    public static void Write(Span<byte> prefix, uint length)
    {
        prefix[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], length);
    }
}

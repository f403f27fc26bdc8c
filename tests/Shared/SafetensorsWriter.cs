using System.Buffers.Binary;
using System.Text.Json;

namespace LlamaFp4.Tests.Shared;

/// <summary>A tensor to be written: its bytes are produced while the file is written.</summary>
internal sealed record TensorSource(string Name, string DType, long[] Shape, Action<Stream> WriteData)
{
    public long ByteLength => Shape.Aggregate(DType switch { "F32" => 4L, "BF16" => 2L, _ => 1L }, (bytes, size) => bytes * size);
}

/// <summary>Writes safetensors files as the reference library lays them out: wide types first, header padded to 8 bytes.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;
    private static readonly string[] DTypeOrder = ["F32", "BF16", "F8_E4M3", "U8"];

    /// <param name="path">The file.</param>
    /// <param name="tensors">In any order.</param>
    /// <param name="extraPadding">Spaces added to the header, which move the data off its alignment.</param>
    public static void Write(string path, IEnumerable<TensorSource> tensors, int extraPadding = 0)
    {
        var ordered = tensors.OrderBy(tensor => Array.IndexOf(DTypeOrder, tensor.DType)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var header = Header(ordered);
        var padding = ((Alignment - (header.Length % Alignment)) % Alignment) + extraPadding;
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + padding);
        stream.Write(length);
        stream.Write(header);
        stream.Write(Enumerable.Repeat((byte)' ', padding).ToArray());
        foreach (var tensor in ordered)
        {
            tensor.WriteData(stream);
        }
    }

    private static byte[] Header(List<TensorSource> tensors)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.DType);
                WriteNumbers(writer, "shape", tensor.Shape);
                WriteNumbers(writer, "data_offsets", [offset, offset + tensor.ByteLength]);
                writer.WriteEndObject();
                offset += tensor.ByteLength;
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, long[] numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}

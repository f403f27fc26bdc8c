namespace LlamaFp4.Native.Checkpoint;

/// <summary>Parses the JSON header of a safetensors file and proves that its tensors tile the data exactly.</summary>
/// <remarks>As the format demands, there are no gaps: the first tensor begins at 0, each next one where the last ended, the last one at the end of the file.</remarks>
internal static class SafetensorsHeader
{
    private const string Metadata = "__metadata__";

    public static IReadOnlyDictionary<string, SafetensorsEntry> Parse(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        foreach (var (name, field) in JsonField.Parse(file, json, "the safetensors header").Members())
        {
            if (name == Metadata)
            {
                RequireTexts(field);
            }
            else
            {
                entries.Add(name, ReadEntry(name, field.ForTensor(name), dataLength));
            }
        }

        RequireTiling(file, entries.Values, dataLength);
        return entries;
    }

    private static void RequireTexts(JsonField metadata)
    {
        foreach (var (_, value) in metadata.Members())
        {
            _ = value.ToText();
        }
    }

    private static SafetensorsEntry ReadEntry(string name, JsonField field, long dataLength)
    {
        var dtype = ReadDType(field["dtype"]);
        var shape = field["shape"].ToList("a list of sizes").Select(size => size.ToInt64(0, long.MaxValue)).ToArray();

        const string expected = "[begin, end]";
        var offsets = field["data_offsets"].ToList(expected);
        if (offsets.Count != 2)
        {
            throw field["data_offsets"].Unexpected(expected);
        }

        var begin = offsets[0].ToInt64(0, dataLength);
        var end = offsets[1].ToInt64(begin, dataLength);
        var byteLength = ByteLength(field, dtype, shape);
        return byteLength == end - begin
            ? new SafetensorsEntry(name, dtype, shape, begin, byteLength)
            : throw field["data_offsets"].Unexpected($"{byteLength} bytes for {SafetensorsEntry.Format(dtype, shape)}");
    }

    private static TensorDType ReadDType(JsonField field)
    {
        const string expected = "BF16, F16, F32, U8 or F8_E4M3";
        return field.ToText(expected) switch
        {
            "BF16" => TensorDType.BF16,
            "F16" => TensorDType.F16,
            "F32" => TensorDType.F32,
            "U8" => TensorDType.U8,
            "F8_E4M3" => TensorDType.F8E4M3,
            _ => throw field.Unexpected(expected),
        };
    }

    private static long ByteLength(JsonField field, TensorDType dtype, long[] shape)
    {
        var bytes = dtype switch
        {
            TensorDType.F32 => 4L,
            TensorDType.BF16 or TensorDType.F16 => 2L,
            _ => 1L,
        };

        foreach (var size in shape)
        {
            if (size != 0 && bytes > long.MaxValue / size)
            {
                throw field["shape"].Unexpected("fewer elements than overflow a 64-bit length");
            }

            bytes *= size;
        }

        return bytes;
    }

    private static void RequireTiling(string file, IEnumerable<SafetensorsEntry> entries, long dataLength)
    {
        var position = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != position)
            {
                var fault = entry.Begin < position ? "overlaps the tensor before it" : "leaves a gap before it";
                throw new CheckpointException(file, entry.Name, $"{fault}: begins at {entry.Begin}, expected {position}.");
            }

            position = entry.End;
        }

        if (position != dataLength)
        {
            throw new CheckpointException(file, null, $"holds {dataLength} bytes of data, expected {position} as its header says.");
        }
    }
}

namespace LlamaFp4.Native.Checkpoint;

/// <summary>A tensor as a safetensors header describes it; <paramref name="Begin"/> counts from the end of the header.</summary>
internal sealed record SafetensorsEntry(string Name, TensorDType DType, long[] Shape, long Begin, long ByteLength)
{
    public long End => Begin + ByteLength;

    public string ShapeText => Format(DType, Shape);

    /// <summary>For messages: <c>BF16 [4096, 4096]</c>.</summary>
    public static string Format(TensorDType dtype, ReadOnlySpan<long> shape) =>
        $"{(dtype == TensorDType.F8E4M3 ? "F8_E4M3" : dtype.ToString())} [{string.Join(", ", shape.ToArray())}]";
}

namespace LlamaFp4.Native.Checkpoint;

/// <summary>Element types of safetensors files that a Llama checkpoint uses.</summary>
internal enum TensorDType
{
    BF16,
    F16,
    F32,
    U8,
    F8E4M3,
}

/// <summary>A tensor's bytes in the mapped file. Valid until the checkpoint is disposed.</summary>
internal readonly unsafe struct TensorView(byte* data, long byteLength)
{
    public byte* Data { get; } = data;

    public long ByteLength { get; } = byteLength;
}

/// <summary>A linear layer y = W x in NVFP4, rows × columns, in the file's own layout.</summary>
internal readonly unsafe struct NvFp4Tensor
{
    /// <summary>E2M1 codes, two a byte, even column in the low nibble: (rows, columns / 2).</summary>
    public required byte* Codes { get; init; }

    /// <summary>E4M3 block scales: (rows, columns / 16).</summary>
    public required byte* BlockScales { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>weight_scale_2.</summary>
    public required float WeightScale { get; init; }

    /// <summary>input_scale.</summary>
    public required float InputScale { get; init; }
}

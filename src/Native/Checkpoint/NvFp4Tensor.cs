namespace LlamaFp4.Native.Checkpoint;

/// <summary>A linear layer y = W x in NVFP4, rows × columns, in the file's own layout. Valid until the checkpoint is disposed.</summary>
internal readonly unsafe struct NvFp4Tensor
{
    /// <summary>E2M1 codes, two a byte, even column in the low nibble: (rows, columns / 2).</summary>
    public required byte* Codes { get; init; }

    /// <summary>E4M3 block scales, none of them NaN or negative: (rows, columns / 16).</summary>
    public required byte* BlockScales { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>weight_scale_2, finite and not negative.</summary>
    public required float WeightScale { get; init; }

    /// <summary>input_scale, finite and positive.</summary>
    public required float InputScale { get; init; }
}

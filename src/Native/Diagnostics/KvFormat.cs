using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>How a KV cache stores a number.</summary>
internal sealed record KvFormat(string Name, double BytesPerElement)
{
    public static KvFormat SixteenBits { get; } = new("16-bit", 2);

    public static KvFormat Fp8 { get; } = new("FP8", 1);

    // Four bits, and an 8-bit scale for each block of 16.
    public static KvFormat NvFp4 { get; } = new("NVFP4", 0.5 + (1.0 / 16));

    /// <summary>The format a server chooses that is told <paramref name="type"/>, for a checkpoint that recommends <paramref name="algorithm"/>.</summary>
    public static KvFormat Of(TrtLlmKvCacheType type, string? algorithm) => type switch
    {
        TrtLlmKvCacheType.NvFp4 => NvFp4,
        TrtLlmKvCacheType.Auto when algorithm is null => SixteenBits,
        _ => Fp8,
    };
}

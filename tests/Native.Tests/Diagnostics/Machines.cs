using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Diagnostics;

namespace LlamaFp4.Native.Tests.Diagnostics;

/// <summary>Machines as their drivers describe them, and what is to run on them.</summary>
internal static class Machines
{
    public const long Gigabyte = 1_000_000_000;

    public static NvidiaDriver WithoutDriver { get; } = new();

    public static NvidiaDriver EightB200 { get; } = With(8, "NVIDIA B200", new Version(10, 0), 192 * Gigabyte, 191 * Gigabyte);

    public static NvidiaDriver With(int count, string name, Version capability, long? total, long? free) => new()
    {
        Version = "580.95.05",
        CudaVersion = new Version(13, 0),
        Gpus = [.. Enumerable.Range(0, count).Select(index => Gpu(index, name, capability, total, free))],
    };

    public static NvidiaGpu Gpu(int index, string name, Version capability, long? total, long? free) => new()
    {
        Index = index,
        Name = name,
        ComputeCapability = capability,
        TotalMemory = total,
        FreeMemory = free,
    };

    /// <summary>Llama 3.1 405B Instruct in NVFP4, by its sizes.</summary>
    public static CheckpointSummary Llama405B { get; } = new("/models/405b", Config(126, 128, 8, 16_384, 53_248), new NvFp4Quantization("hf_quant_config.json", [], "FP8"), 230 * Gigabyte);

    /// <summary>Llama 3.1 8B Instruct in NVFP4, by its sizes.</summary>
    public static CheckpointSummary Llama8B { get; } = new("/models/8b", Config(32, 32, 8, 4_096, 14_336), new NvFp4Quantization("hf_quant_config.json", [], "FP8"), 6 * Gigabyte);

    public static PreflightTarget Target(NvidiaDriver driver, CheckpointSummary? checkpoint = null, PreflightOptions? options = null, long memory = 64 * Gigabyte) =>
        new(options ?? new PreflightOptions(), driver, checkpoint, memory);

    /// <summary>A check as one reads it: status, name, detail and, behind an arrow, the advice.</summary>
    public static string Line(PreflightCheck check) =>
        $"{check.Status} {check.Name}: {check.Detail}{(check.Advice is { } advice ? $" → {advice}" : "")}";

    private static LlamaConfig Config(int layers, int heads, int kvHeads, int hiddenSize, int intermediateSize) => new()
    {
        VocabularySize = 128_256,
        HiddenSize = hiddenSize,
        IntermediateSize = intermediateSize,
        LayerCount = layers,
        HeadCount = heads,
        KvHeadCount = kvHeads,
        HeadSize = 128,
        ContextLength = 131_072,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 500_000,
        TieWordEmbeddings = false,
        EndOfSequenceTokenIds = [128_001, 128_008, 128_009],
    };
}

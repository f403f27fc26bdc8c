namespace LlamaFp4.Native.Checkpoint;

/// <summary>What the checkpoint says about its quantisation: always NVFP4 in blocks of 16, see <see cref="QuantizationReader"/>.</summary>
/// <param name="File">The file that says it.</param>
/// <param name="ExcludedModules">Modules left in BF16, as written (may hold wildcards).</param>
/// <param name="KvCacheAlgorithm">"FP8" if the exporter meant the KV cache to be held in FP8, otherwise null.</param>
internal sealed record NvFp4Quantization(string File, IReadOnlyList<ModulePattern> ExcludedModules, string? KvCacheAlgorithm);

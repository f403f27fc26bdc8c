using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>What is to run: a checkpoint's configuration and size.</summary>
internal sealed record CheckpointSummary(string DirectoryPath, LlamaConfig Config, NvFp4Quantization Quantization, long WeightBytes);

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>A checkpoint that is whole, and its sizes.</summary>
internal sealed record CheckpointSummary(string DirectoryPath, LlamaConfig Config, NvFp4Quantization Quantization, LlamaTokenizer Tokenizer, long WeightBytes);

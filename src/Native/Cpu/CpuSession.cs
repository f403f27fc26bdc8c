using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Cpu;

/// <summary>The embedded engine: runs an NVFP4 Llama checkpoint on the CPU.</summary>
public sealed class CpuSession : ITokenSession
{
    /// <summary>Opens a checkpoint directory.</summary>
    /// <param name="checkpointDirectory">Directory with config, tokenizer and safetensors files as NVIDIA ModelOpt exports them.</param>
    /// <param name="options">Threads, context, numerics; <see langword="null"/> for the defaults.</param>
    /// <param name="progress">Told as loading goes on.</param>
    /// <exception cref="Checkpoint.CheckpointException">The checkpoint cannot be used.</exception>
    public static CpuSession Load(string checkpointDirectory, CpuSessionOptions? options = null, IProgress<LoadProgress>? progress = null) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ModelInfo Model => throw new NotImplementedException();

    /// <inheritdoc/>
    public LlamaTokenizer Tokenizer => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}

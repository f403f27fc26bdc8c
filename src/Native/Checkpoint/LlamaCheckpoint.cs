namespace LlamaFp4.Native.Checkpoint;

/// <summary>A checkpoint directory: configuration read and checked, weights memory-mapped.</summary>
internal sealed class LlamaCheckpoint : IDisposable
{
    public static LlamaCheckpoint Open(string directory) => throw new NotImplementedException();

    public string DirectoryPath => throw new NotImplementedException();

    public LlamaConfig Config => throw new NotImplementedException();

    /// <summary>The tensor of that name, checked against dtype and shape; throws <see cref="CheckpointException"/> otherwise.</summary>
    public TensorView GetTensor(string name, TensorDType dtype, params ReadOnlySpan<long> shape) => throw new NotImplementedException(name);

    /// <summary>One linear layer in NVFP4: codes, block scales (checked: no NaN), second-level scale and activation scale.</summary>
    public NvFp4Tensor GetNvFp4(string prefix, int rows, int columns) => throw new NotImplementedException(prefix);

    public void Dispose() => throw new NotImplementedException();
}

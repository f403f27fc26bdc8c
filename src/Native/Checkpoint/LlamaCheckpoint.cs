using System.Buffers.Binary;

namespace LlamaFp4.Native.Checkpoint;

/// <summary>A checkpoint directory: configuration read and checked, weights memory-mapped.</summary>
/// <remarks>
/// Reading is thread-safe; disposing unmaps the files and must not race with the use of a tensor. Tensors point into the
/// mapping and are not copied. The files must not be shortened or overwritten while the checkpoint is open.
/// </remarks>
internal sealed class LlamaCheckpoint : IDisposable
{
    private readonly StoredTensors _tensors;
    private bool _disposed;

    private LlamaCheckpoint(string directory, LlamaConfig config, NvFp4Quantization quantization, StoredTensors tensors)
    {
        DirectoryPath = directory;
        Config = config;
        Quantization = quantization;
        _tensors = tensors;
    }

    public string DirectoryPath { get; }

    public LlamaConfig Config { get; }

    public NvFp4Quantization Quantization { get; }

    /// <summary>Length of all safetensors files together.</summary>
    public long TotalBytes => _tensors.TotalBytes;

    public int FileCount => _tensors.FileCount;

    public int TensorCount => _tensors.Names.Count;

    /// <summary>Opens a checkpoint and checks all of it, including every block scale (a pass over a ninth of the file).</summary>
    /// <exception cref="CheckpointException">Anything is missing, malformed or not supported.</exception>
    public static LlamaCheckpoint Open(string directory) => Open(directory, checks => checks.Run());

    /// <summary>Opens a checkpoint and checks its files and tensors by their headers; reads no weights, only the scalar scales.</summary>
    /// <exception cref="CheckpointException">Anything is missing, malformed or not supported.</exception>
    public static LlamaCheckpoint OpenHeaders(string directory) => Open(directory, checks => checks.RunOnHeaders());

    /// <summary>The tensor of that name, checked against dtype and shape; throws <see cref="CheckpointException"/> otherwise.</summary>
    public TensorView GetTensor(string name, TensorDType dtype, params ReadOnlySpan<long> shape)
    {
        var (file, entry) = Find(name);
        return entry.DType == dtype && shape.SequenceEqual(entry.Shape)
            ? file.View(entry)
            : throw new CheckpointException(file.Path, name, $"is {entry.ShapeText}, expected {SafetensorsEntry.Format(dtype, shape)}.");
    }

    /// <summary>One linear layer in NVFP4: codes, block scales (checked: no NaN), second-level scale and activation scale.</summary>
    public unsafe NvFp4Tensor GetNvFp4(string prefix, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns % NvFp4.BlockSize, 0, nameof(columns));
        var layer = new LinearLayer(prefix, rows, columns);
        return new NvFp4Tensor
        {
            Codes = GetTensor(layer.Codes, TensorDType.U8, rows, columns / 2).Data,
            BlockScales = GetTensor(layer.BlockScales, TensorDType.F8E4M3, rows, columns / NvFp4.BlockSize).Data,
            Rows = rows,
            Columns = columns,
            WeightScale = GetScalar(layer.WeightScale),
            InputScale = GetScalar(layer.InputScale),
        };
    }

    /// <summary>A scalar in F32 or BF16, shape [] or [1].</summary>
    public float GetScalar(string name)
    {
        var (file, entry) = Find(name);
        if (entry.Shape is not ([] or [1]) || entry.DType is not (TensorDType.F32 or TensorDType.BF16))
        {
            throw new CheckpointException(file.Path, name, $"is {entry.ShapeText}, expected F32 or BF16, [] or [1].");
        }

        var bytes = file.View(entry).Slice(0, (int)entry.ByteLength);
        return entry.DType == TensorDType.F32
            ? BinaryPrimitives.ReadSingleLittleEndian(bytes)
            : BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16);
    }

    public void Dispose()
    {
        _disposed = true;
        _tensors.Dispose();
    }

    private static LlamaCheckpoint Open(string directory, Action<CheckpointChecks> run)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var path = Path.GetFullPath(directory);
        if (!Directory.Exists(path))
        {
            throw new CheckpointException(path, null, "is not a directory; expected one with config.json and safetensors files.");
        }

        var config = LlamaConfigReader.Read(path);
        var quantization = QuantizationReader.Read(path);
        var checkpoint = new LlamaCheckpoint(path, config, quantization, StoredTensors.Open(path));
        try
        {
            run(new CheckpointChecks(checkpoint, checkpoint._tensors));
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    private (SafetensorsFile File, SafetensorsEntry Entry) Find(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tensors.TryGet(name, out var file, out var entry)
            ? (file, entry)
            : throw new CheckpointException(_tensors.Source, name, "does not exist.");
    }
}

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The inputs of a linear layer for a panel of tokens, quantised and laid out as the NVFP4 kernels read them.</summary>
/// <remarks>
/// A row is a sequence of chunks of 128 columns, 256 bytes each: the 64 integers of even columns, the 64 of odd columns (a byte of
/// weights holds an even and an odd column), then 16 lanes of half a block each: what the kernel has to take off the lane's integer
/// sum, and the block's scale. Columns past the last are zeros with scale 0.
/// </remarks>
internal sealed unsafe class ActivationPanel : IDisposable
{
    public const int BlockColumns = 16;
    public const int ChunkColumns = 128;
    public const int ChunkBytes = 256;
    public const int OddColumns = 64;
    public const int Offsets = 128;
    public const int Scales = 192;

    /// <summary>Kernels read weight codes as 12 + 2 · E2M1, which is never negative.</summary>
    public const int WeightBias = 12;

    /// <summary>Kernels read block scales 2¹²⁰ too small; half of that is made up for here, the rest with the tensor's scale.</summary>
    public const float ScaleUnit = 1L << 60;

    private readonly NativeArray<byte> _data;

    public ActivationPanel(int rows, int columns)
    {
        Columns = columns;
        Chunks = ChunkCount(columns);
        _data = new NativeArray<byte>((long)rows * Chunks * ChunkBytes);
    }

    public int Columns { get; }

    public int Chunks { get; }

    public static int ChunkCount(int columns) => (columns + ChunkColumns - 1) / ChunkColumns;

    public byte* Row(int row) => _data.At((long)row * Chunks * ChunkBytes);

    /// <summary>Stores the 16 integers of a block with their scale.</summary>
    public static void Store(byte* row, int block, ReadOnlySpan<sbyte> values, float scale)
    {
        const int blocksInChunk = ChunkColumns / BlockColumns;
        var chunk = row + ((long)block / blocksInChunk * ChunkBytes);
        var position = block % blocksInChunk;
        for (var half = 0; half < 2; half++)
        {
            var sum = 0;
            for (var i = half * 8; i < (half + 1) * 8; i++)
            {
                chunk[(position * 8) + (i / 2) + ((i & 1) * OddColumns)] = (byte)values[i];
                sum += values[i];
            }

            ((int*)(chunk + Offsets))[(position * 2) + half] = WeightBias * sum;
            ((float*)(chunk + Scales))[(position * 2) + half] = scale * ScaleUnit;
        }
    }

    public void Dispose() => _data.Dispose();
}

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The inputs of a linear layer for a panel of tokens, quantised and laid out as the NVFP4 kernels read them.</summary>
/// <remarks>
/// A row is a sequence of chunks of 256 columns, 16 blocks. A block is a lane, a place of 32 bits in each 512-bit register, so that one
/// multiplication serves for its scale. A chunk is 384 bytes: four registers of integers (of each block, columns 0 2 4 6, then 1 3 5 7,
/// 8 10 12 14 and 9 11 13 15: a byte of weights holds an even and an odd column), what the kernel has to take off the lane's
/// integer sum, and the block's scale. Columns past the last are zeros with scale 0.
/// </remarks>
internal sealed unsafe class ActivationPanel : IDisposable
{
    public const int BlockColumns = 16;
    public const int ChunkColumns = 256;
    public const int ChunkBytes = 384;
    public const int RegisterBytes = 64;
    public const int Offsets = 256;
    public const int Scales = 320;

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

    /// <summary>The lane of a block, counted from the chunk's first.</summary>
    /// <remarks>Where a block of weights gets to when the dwords of a chunk's first and second half are interleaved: lanes 0, 1, 4, 5 … hold the first.</remarks>
    public static int Lane(int block) => (block % 8 / 2 * 4) + (block % 2) + (block / 8 * 2);

    public byte* Row(int row) => _data.At((long)row * Chunks * ChunkBytes);

    /// <summary>Stores the 16 integers of a block with their scale.</summary>
    public static void Store(byte* row, int block, ReadOnlySpan<sbyte> values, float scale)
    {
        const int blocksInChunk = ChunkColumns / BlockColumns;
        var chunk = row + ((long)block / blocksInChunk * ChunkBytes);
        var lane = Lane(block % blocksInChunk);
        var sum = 0;
        for (var i = 0; i < BlockColumns; i++)
        {
            var register = (i / 8 * 2) + (i % 2);
            chunk[(register * RegisterBytes) + (lane * 4) + (i % 8 / 2)] = (byte)values[i];
            sum += values[i];
        }

        ((int*)(chunk + Offsets))[lane] = WeightBias * sum;
        ((float*)(chunk + Scales))[lane] = scale * ScaleUnit;
    }

    public void Dispose() => _data.Dispose();
}

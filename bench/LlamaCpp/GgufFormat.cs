namespace LlamaFp4.Bench.LlamaCpp;

/// <summary>A tensor format of GGUF: blocks of bytes that are random but for their scales.</summary>
/// <param name="Id">Its number in a file.</param>
/// <param name="BlockColumns">Numbers in a block.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <param name="SetScale">Makes the numbers of a random block small and finite.</param>
internal sealed record GgufFormat(int Id, int BlockColumns, int BlockBytes, Action<Span<byte>> SetScale)
{
    public static readonly GgufFormat Float32 = new(0, 1, 4, block => BitConverter.TryWriteBytes(block, 1f));
    public static readonly GgufFormat Bf16 = new(30, 1, 2, block => BitConverter.TryWriteBytes(block, Native.Cpu.Kernels.Bf16.FromSingle((block[0] - 127.5f) / 4096)));
    public static readonly GgufFormat Q4_0 = new(2, 32, 18, block => BitConverter.TryWriteBytes(block, (Half)0.005f));
    public static readonly GgufFormat Q8_0 = new(8, 32, 34, block => BitConverter.TryWriteBytes(block, (Half)0.0003f));
    public static readonly GgufFormat Q6_K = new(14, 256, 210, block => BitConverter.TryWriteBytes(block[208..], (Half)0.00001f));

    // Powers of two, and E4M3 numbers.
    public static readonly GgufFormat MxFp4 = new(39, 32, 17, block => block[0] = 120);
    public static readonly GgufFormat NvFp4 = new(40, 64, 36, block => block[..4].Fill(0x08));

    /// <summary>A run of random blocks, to be written again and again.</summary>
    public byte[] Pattern()
    {
        var bytes = new byte[(1 << 20) / BlockBytes * BlockBytes];
        new Random(1).NextBytes(bytes);
        for (var start = 0; start < bytes.Length; start += BlockBytes)
        {
            SetScale(bytes.AsSpan(start, BlockBytes));
        }

        return bytes;
    }
}

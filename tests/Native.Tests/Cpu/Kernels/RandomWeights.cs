using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Tests.Cpu.Kernels;

/// <summary>A linear layer with random codes and scales, zero and extreme blocks among them, in memory that ends where the tensor ends.</summary>
internal sealed unsafe class RandomWeights : IDisposable
{
    private readonly NativeArray<byte> _codes;
    private readonly NativeArray<byte> _scales;

    public RandomWeights(int rows, int columns, Random random, byte smallestScale = 0x28, byte largestScale = 0x50)
    {
        _codes = new NativeArray<byte>((long)rows * columns / 2);
        _scales = new NativeArray<byte>((long)rows * columns / 16);
        random.NextBytes(_codes.Slice(0, (int)_codes.Length));
        foreach (ref var scale in _scales.Slice(0, (int)_scales.Length))
        {
            scale = (byte)(random.Next(8) == 0 ? 0 : random.Next(smallestScale, largestScale + 1));
        }

        Tensor = new NvFp4Tensor
        {
            Codes = _codes.Pointer,
            BlockScales = _scales.Pointer,
            Rows = rows,
            Columns = columns,
            WeightScale = 0.0123f,
            InputScale = 0.00456f,
        };
    }

    public NvFp4Tensor Tensor { get; }

    /// <summary>W[row, column] by the definition of the format.</summary>
    public float Value(int row, int column)
    {
        var index = ((long)row * Tensor.Columns) + column;
        var pair = Tensor.Codes[index / 2];
        var code = (index & 1) == 0 ? pair & 15 : pair >> 4;
        return E2M1.Values[code] * (E4M3.Decode(Tensor.BlockScales[index / 16]) * Tensor.WeightScale);
    }

    public void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
    }
}

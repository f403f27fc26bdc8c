using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Stores a block of integers into an <see cref="ActivationPanel"/> with vector instructions.</summary>
internal static unsafe class PanelBlock
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* row, int block, Vector512<int> values, float scale)
    {
        const int blocksInChunk = ActivationPanel.ChunkColumns / ActivationPanel.BlockColumns;
        var chunk = row + ((long)block / blocksInChunk * ActivationPanel.ChunkBytes);
        var position = block % blocksInChunk;

        var words = Vector256.Narrow(values.GetLower(), values.GetUpper());
        var bytes = Vector128.Narrow(words.GetLower(), words.GetUpper());
        var evenThenOdd = Vector128.Shuffle(bytes, Vector128.Create(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15)).AsInt64();
        ((long*)chunk)[position] = evenThenOdd.ToScalar();
        ((long*)(chunk + ActivationPanel.OddColumns))[position] = evenThenOdd.GetElement(1);

        var offsets = (int*)(chunk + ActivationPanel.Offsets) + (position * 2);
        offsets[0] = ActivationPanel.WeightBias * Vector256.Sum(values.GetLower());
        offsets[1] = ActivationPanel.WeightBias * Vector256.Sum(values.GetUpper());

        var scales = (float*)(chunk + ActivationPanel.Scales) + (position * 2);
        scales[0] = scales[1] = scale * ActivationPanel.ScaleUnit;
    }
}

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
        var lane = ActivationPanel.Lane(block % blocksInChunk);

        var words = Vector256.Narrow(values.GetLower(), values.GetUpper());
        var bytes = Vector128.Narrow(words.GetLower(), words.GetUpper());
        var registers = Vector128.Shuffle(bytes, Vector128.Create(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15)).AsInt32();
        const int register = ActivationPanel.RegisterBytes / sizeof(int);
        var integers = (int*)chunk + lane;
        integers[0] = registers.ToScalar();
        integers[register] = registers.GetElement(1);
        integers[2 * register] = registers.GetElement(2);
        integers[3 * register] = registers.GetElement(3);

        ((int*)(chunk + ActivationPanel.Offsets))[lane] = ActivationPanel.WeightBias * Vector512.Sum(values);
        ((float*)(chunk + ActivationPanel.Scales))[lane] = scale * ActivationPanel.ScaleUnit;
    }
}

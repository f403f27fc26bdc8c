using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>Adds the 16 lanes of a partial sum in one fixed order, so that every instruction set rounds alike.</summary>
/// <remarks>The order: lanes 8 apart, then 4, 2 and 1. <see cref="Vector512.Sum{T}"/> leaves its order open.</remarks>
internal static class LaneSum
{
    public const int Lanes = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(Vector512<float> lanes) => Of(lanes.GetLower() + lanes.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(Vector256<float> lanes) => Of(lanes.GetLower() + lanes.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(Vector128<float> lanes)
    {
        var pairs = lanes + Vector128.Shuffle(lanes, Vector128.Create(2, 3, 0, 1));
        return pairs.ToScalar() + pairs.GetElement(1);
    }

    /// <summary>The scalar twin; overwrites the lanes.</summary>
    public static float Of(Span<float> lanes)
    {
        for (var width = Lanes / 2; width > 0; width /= 2)
        {
            for (var lane = 0; lane < width; lane++)
            {
                lanes[lane] += lanes[lane + width];
            }
        }

        return lanes[0];
    }
}

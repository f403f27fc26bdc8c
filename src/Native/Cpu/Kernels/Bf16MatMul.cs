using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The output head: BF16 rows times float32 columns, y = W x, summed in float32.</summary>
/// <remarks>A register of 32 weights splits into even and odd positions, so x is stored in that order: see <see cref="Arrange"/>.</remarks>
internal static unsafe class Bf16MatMul
{
    private const int Step = 32;
    private const int Rows = 4;

    /// <summary>Length of x in the order of <see cref="Arrange"/>.</summary>
    public static int ArrangedLength(int columns) => (columns + Step - 1) / Step * Step;

    /// <summary>Stores each 32 values as the 16 of even and the 16 of odd positions, zeros past the end.</summary>
    public static void Arrange(float* x, int columns, float* arranged)
    {
        for (var i = 0; i < ArrangedLength(columns); i++)
        {
            var position = (i / Step * Step) + (i % Step / 2) + ((i & 1) * Step / 2);
            arranged[position] = i < columns ? x[i] : 0;
        }
    }

    /// <summary>Rows <paramref name="first"/> to <paramref name="last"/> (exclusive) for every token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ushort* w, int columns, int first, int last, float* arranged, int tokens, float* y, long stride)
    {
        var length = ArrangedLength(columns);
        for (var row = first; row < last; row += Rows)
        {
            for (var token = 0; token < tokens; token++)
            {
                var x = arranged + ((long)token * length);
                var output = y + (token * stride) + row;
                if (row + Rows <= last)
                {
                    Dot4(w + ((long)row * columns), columns, x, output);
                    continue;
                }

                for (var i = 0; i < last - row; i++)
                {
                    output[i] = Dot(w + ((long)(row + i) * columns), columns, x);
                }
            }
        }
    }

    /// <summary>The scalar twin of one row; <paramref name="x"/> in its natural order.</summary>
    public static float DotScalar(ushort* w, int columns, float* x)
    {
        Span<float> lanes = stackalloc float[LaneSum.Lanes];
        lanes.Clear();
        for (var start = 0; start < columns; start += Step)
        {
            for (var parity = 0; parity < 2; parity++)
            {
                for (var i = start + parity; i < int.Min(start + Step, columns); i += 2)
                {
                    ref var lane = ref lanes[(i - start) / 2];
                    lane = MathF.FusedMultiplyAdd(Bf16.ToSingle(w[i]), x[i], lane);
                }
            }
        }

        return LaneSum.Of(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dot4(ushort* w, int columns, float* x, float* y)
    {
        nint stride = columns;
        var sum0 = Vector512<float>.Zero;
        var sum1 = Vector512<float>.Zero;
        var sum2 = Vector512<float>.Zero;
        var sum3 = Vector512<float>.Zero;
        var column = 0;
        for (; column + Step <= columns; column += Step)
        {
            var even = Vector512.Load(x + column);
            var odd = Vector512.Load(x + column + (Step / 2));
            sum0 = Add(sum0, w + column, even, odd);
            sum1 = Add(sum1, w + stride + column, even, odd);
            sum2 = Add(sum2, w + (2 * stride) + column, even, odd);
            sum3 = Add(sum3, w + (3 * stride) + column, even, odd);
        }

        y[0] = LaneSum.Of(AddTail(sum0, w, column, columns, x));
        y[1] = LaneSum.Of(AddTail(sum1, w + stride, column, columns, x));
        y[2] = LaneSum.Of(AddTail(sum2, w + (2 * stride), column, columns, x));
        y[3] = LaneSum.Of(AddTail(sum3, w + (3 * stride), column, columns, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(ushort* w, int columns, float* x)
    {
        var sum = Vector512<float>.Zero;
        var column = 0;
        for (; column + Step <= columns; column += Step)
        {
            sum = Add(sum, w + column, Vector512.Load(x + column), Vector512.Load(x + column + (Step / 2)));
        }

        return LaneSum.Of(AddTail(sum, w, column, columns, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, ushort* w, Vector512<float> even, Vector512<float> odd)
    {
        var (evenWeights, oddWeights) = Bf16.Load(w);
        return Vector512.FusedMultiplyAdd(oddWeights, odd, Vector512.FusedMultiplyAdd(evenWeights, even, sum));
    }

    // The last row of the tensor may end where the mapping ends: nothing may be read past it.
    private static Vector512<float> AddTail(Vector512<float> sum, ushort* w, int column, int columns, float* x)
    {
        if (column == columns)
        {
            return sum;
        }

        var tail = stackalloc ushort[Step];
        new Span<ushort>(tail, Step).Clear();
        Buffer.MemoryCopy(w + column, tail, Step * sizeof(ushort), (columns - column) * sizeof(ushort));
        return Add(sum, tail, Vector512.Load(x + column), Vector512.Load(x + column + (Step / 2)));
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>A copy of the output head in 8 bits: integers with a scale per row, times columns in 13 bits.</summary>
/// <remarks>
/// The columns are few and cost the same in 8 or in 16 bits, so that only the weights lose precision. Sums are integers, exact in
/// any order: a lane of 32 bits holds the up to 2,048 pairs of products, at most 127 · 4,095 each, of <see cref="MaxColumns"/>.
/// Columns come in whole blocks of 16, as everywhere.
/// </remarks>
internal sealed unsafe class Int8Head : IDisposable
{
    public const int MaxColumns = 1 << 15;

    private const float LargestWeight = 127;
    private const float LargestColumn = 4095;
    private const int Block = 16;
    private const int Step = 4 * Block;
    private const int Unrolled = 4;
    private const int RowsAtOnce = 256;

    private readonly NativeArray<sbyte> _integers; // (rows, columns)
    private readonly NativeArray<float> _scales; // (rows)
    private readonly int _columns;

    public Int8Head(ushort* bf16, int rows, int columns)
    {
        _columns = columns;
        _integers = new NativeArray<sbyte>((long)rows * columns);
        _scales = new NativeArray<float>(rows);
        Parallel.For(0, (rows + RowsAtOnce - 1) / RowsAtOnce, part =>
        {
            for (var row = part * RowsAtOnce; row < int.Min((part + 1) * RowsAtOnce, rows); row++)
            {
                *_scales.At(row) = QuantizeRow(bf16 + ((long)row * columns), columns, _integers.At((long)row * columns));
            }
        });
    }

    public long Bytes => _integers.Length + (_scales.Length * sizeof(float));

    /// <summary>Rounds a token's columns to integers; returns their scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float QuantizeColumns(float* x, int columns, short* integers)
    {
        var magnitudes = Vector512<float>.Zero;
        for (var i = 0; i < columns; i += Block)
        {
            magnitudes = Vector512.Max(magnitudes, Vector512.Abs(Vector512.Load(x + i)));
        }

        var (scale, inverse) = Int8Quantizer.ScaleOf(Int8Quantizer.LargestMagnitude(magnitudes), LargestColumn);
        for (var i = 0; i < columns; i += Block)
        {
            var q = Vector512.ConvertToInt32(Vector512.Round(Vector512.Load(x + i) * inverse));
            Vector256.Narrow(q.GetLower(), q.GetUpper()).Store(integers + i);
        }

        return scale;
    }

    /// <summary>Rows <paramref name="first"/> to <paramref name="last"/> (exclusive) for every token; <paramref name="x"/> is (tokens, columns).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(int first, int last, short* x, float* xScales, int tokens, float* y, long stride)
    {
        for (var row = first; row < last; row++)
        {
            var scale = *_scales.At(row);
            for (var token = 0; token < tokens; token++)
            {
                y[(token * stride) + row] = Dot(_integers.At((long)row * _columns), x + ((long)token * _columns), _columns) * (scale * xScales[token]);
            }
        }
    }

    /// <summary>The scalar twin of one row.</summary>
    public float DotScalar(int row, short* x, float xScale)
    {
        var sum = 0L;
        for (var i = 0; i < _columns; i++)
        {
            sum += *_integers.At(((long)row * _columns) + i) * x[i];
        }

        return sum * (*_scales.At(row) * xScale);
    }

    public void Dispose()
    {
        _integers.Dispose();
        _scales.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float QuantizeRow(ushort* row, int columns, sbyte* integers)
    {
        var magnitudes = Vector512<float>.Zero;
        for (var i = 0; i < columns; i += Block)
        {
            magnitudes = Vector512.Max(magnitudes, Vector512.Abs(Bf16.LoadInOrder(row + i)));
        }

        var (scale, inverse) = Int8Quantizer.ScaleOf(Int8Quantizer.LargestMagnitude(magnitudes), LargestWeight);
        for (var i = 0; i < columns; i += Block)
        {
            var q = Vector512.ConvertToInt32(Vector512.Round(Bf16.LoadInOrder(row + i) * inverse));
            var words = Vector256.Narrow(q.GetLower(), q.GetUpper());
            Vector128.Narrow(words.GetLower(), words.GetUpper()).Store(integers + i);
        }

        return scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Dot(sbyte* w, short* x, int columns)
    {
        var sums = Vector256<int>.Zero;
        var column = 0;
        for (; column + (Unrolled * Step) <= columns; column += Unrolled * Step)
        {
            WeightStream.PrefetchFourLines(w + column);
            sums += FourProducts(w + column, x + column);
            sums += FourProducts(w + column + Step, x + column + Step);
            sums += FourProducts(w + column + (2 * Step), x + column + (2 * Step));
            sums += FourProducts(w + column + (3 * Step), x + column + (3 * Step));
        }

        for (; column < columns; column += Block)
        {
            sums += Products(w + column, x + column);
        }

        return Vector256.Sum(Vector256.WidenLower(sums) + Vector256.WidenUpper(sums));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> FourProducts(sbyte* w, short* x) =>
        Products(w, x) + Products(w + Block, x + Block) + (Products(w + (2 * Block), x + (2 * Block)) + Products(w + (3 * Block), x + (3 * Block)));

    // Sums of two adjacent products, or of two that are eight apart: the same in the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Products(sbyte* w, short* x)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(w), Vector256.Load(x));
        }

        var (lower, upper) = Vector128.Widen(Vector128.Load(w));
        var (first, second) = Vector128.Widen(lower);
        var (third, fourth) = Vector128.Widen(upper);
        var (x0, x1) = Vector128.Widen(Vector128.Load(x));
        var (x2, x3) = Vector128.Widen(Vector128.Load(x + 8));
        return Vector256.Create((first * x0) + (third * x2), (second * x1) + (fourth * x3));
    }
}

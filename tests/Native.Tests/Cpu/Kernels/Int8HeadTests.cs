using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Tests.Cpu.Kernels;

public sealed unsafe class Int8HeadTests
{
    [Theory]
    [InlineData(16, 1, 1)]
    [InlineData(48, 5, 3)]
    [InlineData(384, 300, 2)]
    [InlineData(1104, 6, 1)]
    public void Multiply_RandomShapes_EqualsScalarTwinToTheBit(int columns, int rows, int tokens)
    {
        using var w = RandomRows(rows * columns, 1, 0.5f);
        using var head = new Int8Head(w.Pointer, rows, columns);
        using var x = new NativeArray<short>(tokens * columns);
        using var scales = new NativeArray<float>(tokens);
        Quantize(tokens, columns, x, scales);
        using var y = new NativeArray<float>(tokens * rows);

        head.Multiply(0, rows, x.Pointer, scales.Pointer, tokens, y.Pointer, rows);

        for (var i = 0; i < tokens * rows; i++)
        {
            Assert.Equal(head.DotScalar(i % rows, x.At(i / rows * columns), scales.At(i / rows)[0]), y.At(i)[0]);
        }
    }

    [Fact]
    public void Multiply_RandomWeights_IsWithinAHundredthOfTheBf16Product()
    {
        const int rows = 200;
        const int columns = 512;
        using var w = RandomRows(rows * columns, 2, 0.5f);
        using var head = new Int8Head(w.Pointer, rows, columns);
        using var x = new NativeArray<short>(columns);
        using var scale = new NativeArray<float>(1);
        var values = Quantize(1, columns, x, scale);
        using var y = new NativeArray<float>(rows);

        head.Multiply(0, rows, x.Pointer, scale.Pointer, 1, y.Pointer, rows);

        var (error, magnitude) = (0.0, 0.0);
        for (var row = 0; row < rows; row++)
        {
            var expected = Enumerable.Range(0, columns).Sum(i => (double)Bf16.ToSingle(*w.At((row * columns) + i)) * values[i]);
            (error, magnitude) = (error + Math.Pow(expected - y.At(row)[0], 2), magnitude + (expected * expected));
        }

        Assert.InRange(Math.Sqrt(error / magnitude), 1e-5, 0.01);
    }

    [Fact]
    public void Multiply_LargestColumnsAndWeights_DoesNotOverflow()
    {
        const int columns = Int8Head.MaxColumns;
        using var w = new NativeArray<ushort>(columns);
        w.Slice(0, columns).Fill(Bf16.FromSingle(-2));
        using var head = new Int8Head(w.Pointer, 1, columns);
        using var x = new NativeArray<short>(columns);
        x.Slice(0, columns).Fill(4095);
        using var scale = new NativeArray<float>(1);
        *scale.Pointer = 1f / 4095;
        using var y = new NativeArray<float>(1);

        head.Multiply(0, 1, x.Pointer, scale.Pointer, 1, y.Pointer, 1);

        Assert.Equal(-2f * columns, *y.Pointer, 1e-6 * columns);
    }

    [Fact]
    public void Multiply_RowOrColumnsOfZeros_IsZero()
    {
        using var w = new NativeArray<ushort>(2 * 32);
        w.Slice(32, 32).Fill(Bf16.FromSingle(1));
        using var head = new Int8Head(w.Pointer, 2, 32);
        using var columns = new NativeArray<float>(2 * 32);
        columns.Slice(0, 32).Fill(3);
        using var x = new NativeArray<short>(2 * 32);
        using var scales = new NativeArray<float>(2);
        *scales.At(0) = Int8Head.QuantizeColumns(columns.At(0), 32, x.At(0));
        *scales.At(1) = Int8Head.QuantizeColumns(columns.At(32), 32, x.At(32));
        using var y = new NativeArray<float>(4);

        head.Multiply(0, 2, x.Pointer, scales.Pointer, 2, y.Pointer, 2);

        Assert.Equal([0, 96, 0, 0], y.Slice(0, 4).ToArray());
    }

    private static NativeArray<ushort> RandomRows(int count, int seed, float magnitude)
    {
        var random = new Random(seed);
        var rows = new NativeArray<ushort>(count);
        foreach (ref var weight in rows.Slice(0, count))
        {
            weight = Bf16.FromSingle(magnitude * (float)((2 * random.NextDouble()) - 1));
        }

        return rows;
    }

    private static float[] Quantize(int tokens, int columns, NativeArray<short> integers, NativeArray<float> scales)
    {
        var random = new Random(3);
        var values = Enumerable.Range(0, tokens * columns).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        fixed (float* x = values)
        {
            for (var token = 0; token < tokens; token++)
            {
                *scales.At(token) = Int8Head.QuantizeColumns(x + (token * columns), columns, integers.At(token * columns));
            }
        }

        return values;
    }
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.KvCache;

namespace LlamaFp4.Native.Tests.Cpu.Kernels;

/// <summary>Every vectorised operation against its scalar twin.</summary>
public sealed unsafe class OperationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(47)]
    [InlineData(384)]
    public void RmsNorm_RandomSizes_EqualsScalarTwin(int size)
    {
        using var x = Random(size, 1, 3);
        using var w = Random(size, 2, 1);
        using var expected = new NativeArray<float>(size);
        using var actual = new NativeArray<float>(size);
        foreach (var round in (bool[])[false, true])
        {
            RmsNorm.NormalizeScalar(x.Pointer, w.Pointer, size, 1e-5f, round, expected.Pointer);
            RmsNorm.Normalize(x.Pointer, w.Pointer, size, 1e-5f, round, actual.Pointer);

            // The float64 mean does not depend on the order after rounding to float32, but for a tie in a billion.
            Assert.Equal(Values(expected), Values(actual));
        }
    }

    [Fact]
    public void Rotate_RandomHeads_EqualsScalarTwin()
    {
        foreach (var headSize in (int[])[8, 32, 64, 80, 128])
        {
            using var angles = new NativeArray<float>(headSize);
            RotaryEmbedding.Angles(1234, RotaryEmbedding.InverseFrequencies(headSize, 500000, null), angles.Pointer);
            using var expected = Random(headSize, 3, 1);
            using var actual = Random(headSize, 3, 1);

            RotaryEmbedding.RotateScalar(expected.Pointer, 0, headSize, angles.Pointer, false);
            RotaryEmbedding.Rotate(actual.Pointer, headSize, angles.Pointer, false);

            Assert.Equal(Values(expected), Values(actual));
        }
    }

    [Fact]
    public void InverseFrequencies_Llama3Scaling_KeepsShortAndDividesLongWavelengths()
    {
        var plain = RotaryEmbedding.InverseFrequencies(64, 10000, null);
        var scaled = RotaryEmbedding.InverseFrequencies(64, 10000, new RopeScaling(4, 1, 8, 1024));

        // Wavelengths 2π · 10000^(i/32): below 1024 / 8 = 128 up to i = 10, above 1024 from i = 18 on.
        Assert.Equal(plain[..11], scaled[..11]);
        Assert.Equal(plain[18..].Select(frequency => frequency / 4), scaled[18..]);
        for (var i = 11; i < 18; i++)
        {
            Assert.InRange(scaled[i], plain[i] / 4, plain[i]);
        }
    }

    [Fact]
    public void Exponential_WholeRange_IsWithinTwoUnitsInTheLastPlace()
    {
        var largest = 0.0;
        for (var x = -87.2f; x < 88.2f; x += 0.00137f)
        {
            var expected = Math.Exp(x);
            var actual = Exponential.Of(System.Runtime.Intrinsics.Vector512.Create(x))[0];
            largest = Math.Max(largest, Math.Abs(actual - expected) / (MathF.BitIncrement((float)expected) - (float)expected));
        }

        Assert.InRange(largest, 0.4, 2);
    }

    [Fact]
    public void Exponential_BeyondTheRange_IsZeroInfinityOrNotANumber()
    {
        float Of(float x) => Exponential.Of(System.Runtime.Intrinsics.Vector512.Create(x))[0];

        Assert.Equal(0, Of(float.NegativeInfinity));
        Assert.Equal(0, Of(-200));
        Assert.Equal(1, Of(0));
        Assert.Equal(float.PositiveInfinity, Of(200));
        Assert.Equal(float.NaN, Of(float.NaN));
    }

    [Fact]
    public void SwiGlu_RandomValues_EqualsScalarTwinToFewUnitsInTheLastPlace()
    {
        using var gate = Random(160, 4, 20);
        using var up = Random(160, 5, 2);
        using var expected = new NativeArray<float>(160);
        using var actual = new NativeArray<float>(160);

        SwiGlu.ActivateScalar(gate.Pointer, up.Pointer, 160, expected.Pointer);
        SwiGlu.Activate(gate.Pointer, up.Pointer, 160, actual.Pointer);

        for (var i = 0; i < 160; i++)
        {
            Assert.Equal(expected.At(i)[0], actual.At(i)[0], 1e-6 * Math.Abs(expected.At(i)[0]));
        }
    }

    [Fact]
    public void SwiGlu_Exact_EqualsScalarTwinRoundedToBf16()
    {
        using var gate = Random(1600, 4, 20);
        using var up = Random(1600, 5, 2);
        using var expected = new NativeArray<float>(1600);
        using var actual = new NativeArray<float>(1600);

        SwiGlu.ActivateScalar(gate.Pointer, up.Pointer, 1600, expected.Pointer);
        SwiGlu.ActivateExact(gate.Pointer, up.Pointer, 1600, actual.Pointer);

        Assert.Equal(Values(expected).Select(Bf16.Round), Values(actual));
    }

    [Theory]
    [InlineData(32, 5, 1)]
    [InlineData(384, 9, 2)]
    [InlineData(48, 6, 3)]
    [InlineData(16, 1, 1)]
    [InlineData(400, 7, 4)]
    [InlineData(272, 4, 9)]
    [InlineData(2072, 67, 9)]
    public void Bf16MatMul_RandomShapes_EqualsScalarTwin(int columns, int rows, int tokens)
    {
        var random = new Random(6);
        using var w = new NativeArray<ushort>(rows * columns);
        foreach (ref var weight in w.Slice(0, rows * columns))
        {
            weight = Bf16.FromSingle((float)random.NextDouble() - 0.5f);
        }

        using var x = Random(tokens * columns, 7, 2);
        var length = Bf16MatMul.ArrangedLength(columns);
        using var arranged = new NativeArray<float>(tokens * length);
        using var y = new NativeArray<float>(tokens * rows);
        for (var token = 0; token < tokens; token++)
        {
            Bf16MatMul.Arrange(x.At(token * columns), columns, arranged.At(token * length));
        }

        Bf16MatMul.Multiply(w.Pointer, columns, 0, rows, arranged.Pointer, tokens, y.Pointer, rows);

        for (var i = 0; i < tokens * rows; i++)
        {
            var expected = Bf16MatMul.DotScalar(w.At(i % rows * columns), columns, x.At(i / rows * columns));
            Assert.Equal(expected, y.At(i)[0]);
        }
    }

    [Theory]
    [InlineData(1, 64, 1)]
    [InlineData(3, 64, 33)]
    [InlineData(4, 128, 64)]
    [InlineData(5, 16, 100)]
    [InlineData(2, 48, 31)]
    public void Attention_RandomShapes_EqualsScalarTwin(int heads, int headSize, int positions)
    {
        var layout = new KvLayout(2, 2, headSize);
        var pageCount = PagedKvCache.PagesFor(positions);
        using var pages = new NativeArray<ushort>(pageCount * layout.PageLength);
        using var table = new NativeArray<nint>(pageCount);
        pages.Slice(0, (int)pages.Length).Fill(0x7FC0); // NaN: nothing may be read that was not written
        for (var page = 0; page < pageCount; page++)
        {
            table.At(page)[0] = (nint)pages.At(page * layout.PageLength);
        }

        using var q = Random(heads * headSize, 8, 3);
        using var k = RandomBf16(positions * headSize, 9);
        using var v = RandomBf16(positions * headSize, 10);
        for (var position = 0; position < positions; position++)
        {
            layout.Store((ushort*)table.At(position / 32)[0], 1, 1, position % 32, k.At(position * headSize), v.At(position * headSize));
        }

        using var scores = new NativeArray<float>(Attention.HeadsAtOnce * Attention.ScoresLength(positions));
        using var actual = new NativeArray<float>(heads * headSize);
        using var expected = new NativeArray<float>(heads * headSize);

        Attention.Attend<ushort>(
            q.Pointer, heads, headSize, table.Pointer, layout.Keys(1, 1), layout.Values(1, 1), 0, positions, scores.Pointer, actual.Pointer);

        for (var head = 0; head < heads; head++)
        {
            Attention.AttendScalar(q.At(head * headSize), headSize, k.Pointer, v.Pointer, positions, expected.At(head * headSize));
        }

        for (var i = 0; i < heads * headSize; i++)
        {
            Assert.Equal(expected.At(i)[0], actual.At(i)[0], 2e-6);
        }

        ExactAttention.Attend(
            q.Pointer, heads, headSize, table.Pointer, layout.Keys(1, 1), layout.Values(1, 1), positions, scores.Pointer, actual.Pointer);

        for (var i = 0; i < heads * headSize; i++)
        {
            Assert.Equal(expected.At(i)[0], actual.At(i)[0], 2e-6);
        }
    }

    [Theory]
    [InlineData(1, 64, 1)]
    [InlineData(3, 64, 33)]
    [InlineData(4, 128, 64)]
    [InlineData(5, 16, 100)]
    [InlineData(2, 48, 31)]
    public void Int8Attention_RandomShapes_EqualsScalarTwinOnWhatWasStored(int heads, int headSize, int positions)
    {
        var layout = new KvLayout(2, 2, headSize, CpuKvCacheType.EightBit);
        var pageCount = PagedKvCache.PagesFor(positions);
        using var pages = new NativeArray<byte>(pageCount * layout.PageBytes);
        using var table = new NativeArray<nint>(pageCount);
        pages.Slice(0, (int)pages.Length).Fill(0xFF); // as a scale NaN: nothing may be read that was not written
        for (var page = 0; page < pageCount; page++)
        {
            table.At(page)[0] = (nint)pages.At(page * layout.PageBytes);
        }

        using var q = Random(heads * headSize, 8, 3);
        using var k = Random(positions * headSize, 9, 4);
        using var v = Random(positions * headSize, 10, 4);
        k.Slice(0, headSize).Clear();
        for (var position = 0; position < positions; position++)
        {
            var key = k.At(position * headSize);
            var value = v.At(position * headSize);
            layout.Store((ushort*)table.At(position / 32)[0], 1, 1, position % 32, key, value);
            RoundToInt8(key, headSize);
            RoundToInt8(value, headSize);
        }

        using var scores = new NativeArray<float>(Attention.HeadsAtOnce * Attention.ScoresLength(positions));
        using var actual = new NativeArray<float>(heads * headSize);
        using var expected = new NativeArray<float>(heads * headSize);

        Attention.Attend<sbyte>(
            q.Pointer, heads, headSize, table.Pointer, layout.Keys(1, 1), layout.Values(1, 1), layout.Scales(1, 1), positions, scores.Pointer, actual.Pointer);

        for (var head = 0; head < heads; head++)
        {
            Attention.AttendScalar(q.At(head * headSize), headSize, k.Pointer, v.Pointer, positions, expected.At(head * headSize));
        }

        for (var i = 0; i < heads * headSize; i++)
        {
            Assert.Equal(expected.At(i)[0], actual.At(i)[0], 2e-5);
        }
    }

    private static void RoundToInt8(float* vector, int length)
    {
        var values = new Span<float>(vector, length);
        var scale = float.Max(values.ToArray().Max(MathF.Abs), 1e-30f) / 127;
        foreach (ref var value in values)
        {
            value = MathF.Round(value / scale) * scale;
        }
    }

    [Fact]
    public void Int8Quantizer_RandomBlocks_EqualsScalarTwin()
    {
        using var x = Random(160, 11, 5);
        x.Slice(32, 16).Clear();
        x.Slice(48, 16).Fill(1e-35f);
        x.Slice(64, 16).Fill(-3e38f);
        using var expected = new ActivationPanel(1, 160);
        using var actual = new ActivationPanel(1, 160);

        Int8Quantizer.QuantizeScalar(x.Pointer, 0, 10, expected.Row(0));
        Int8Quantizer.Quantize(x.Pointer, 0, 10, actual.Row(0));

        Assert.Equal(Bytes(expected), Bytes(actual));
    }

    [Fact]
    public void Fp4Quantizer_RandomBlocksAndTies_EqualsTheReference()
    {
        const float inputScale = 0.5f;
        using var x = Random(160, 12, 800);
        x.Slice(16, 16).Clear();
        x.Slice(32, 16).Fill(1e6f);
        x.Slice(48, 16).Fill(1e-6f);

        // Largest 6 · 0.5 makes the block's scale 1, so these are the ties between neighbours.
        float[] ties = [0.25f, 0.75f, 1.25f, 1.75f, 2.5f, 3.5f, 5, 6, -0.25f, -0.75f, -1.25f, -1.75f, -2.5f, -3.5f, -5, -0f];
        ties.Select(tie => tie * inputScale).ToArray().CopyTo(x.Slice(64, 16));
        var codes = new byte[80];
        var scales = new byte[10];
        NvFp4Quantizer.QuantizeActivations(x.Slice(0, 160), inputScale, codes, scales);
        using var expected = new ActivationPanel(1, 160);
        using var actual = new ActivationPanel(1, 160);
        for (var block = 0; block < 10; block++)
        {
            sbyte[] twice = [.. Enumerable.Range(block * 16, 16).Select(i => (sbyte)(2 * E2M1.Values[(i & 1) == 0 ? codes[i / 2] & 15 : codes[i / 2] >> 4]))];
            ActivationPanel.Store(expected.Row(0), block, twice, E4M3.Decode(scales[block]));
        }

        Fp4Quantizer.Quantize(x.Pointer, 0, 10, inputScale, actual.Row(0));

        Assert.Equal(Bytes(expected), Bytes(actual));
    }

    [Fact]
    public void Bf16Round_Vector_EqualsScalarTwin()
    {
        var random = new Random(13);
        for (var i = 0; i < 10000; i++)
        {
            var value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));

            var vector = Bf16.Round(System.Runtime.Intrinsics.Vector512.Create(value))[0];

            Assert.Equal(BitConverter.SingleToInt32Bits(Bf16.Round(value)), BitConverter.SingleToInt32Bits(vector));
        }
    }

    [Theory]
    [InlineData(1.00390625f, 1f)]
    [InlineData(1.01171875f, 1.015625f)]
    [InlineData(-1.0039064f, -1.0078125f)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    public void Bf16Round_Ties_GoToEven(float value, float expected) => Assert.Equal(expected, Bf16.Round(value));

    private static NativeArray<float> Random(int count, int seed, float magnitude)
    {
        var random = new Random(seed);
        var values = new NativeArray<float>(count);
        foreach (ref var value in values.Slice(0, count))
        {
            value = magnitude * (float)((2 * random.NextDouble()) - 1);
        }

        return values;
    }

    private static NativeArray<float> RandomBf16(int count, int seed)
    {
        var values = Random(count, seed, 1);
        foreach (ref var value in values.Slice(0, count))
        {
            value = Bf16.Round(value);
        }

        return values;
    }

    private static float[] Values(NativeArray<float> array) => array.Slice(0, (int)array.Length).ToArray();

    private static byte[] Bytes(ActivationPanel panel) => new ReadOnlySpan<byte>(panel.Row(0), panel.Chunks * ActivationPanel.ChunkBytes).ToArray();
}

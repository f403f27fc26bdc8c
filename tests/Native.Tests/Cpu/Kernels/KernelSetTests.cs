using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Tests.Cpu.Kernels;

public sealed unsafe class KernelSetTests
{
    private static readonly KernelSet Scalar = KernelSet.Supported.Single(kernels => kernels.Name == "scalar");

    public static TheoryData<string> VectorisedSets => [.. KernelSet.Supported.Where(kernels => kernels != Scalar).Select(kernels => kernels.Name)];

    public static TheoryData<int, int, int> Shapes => new()
    {
        { 4, 128, 1 },
        { 1, 16, 1 },
        { 7, 48, 1 },
        { 13, 400, 2 },
        { 4, 1024, 3 },
        { 9, 272, 5 },
        { 22, 112, 4 },
        { 6, 1168, 1 },
        { 5, 2336, 2 },
        { 3, 384, 2 },
        { 37, 2352, 6 },
        { 5, 4368, 19 },
        { 4, 640, 70 },
    };

    [Fact]
    public void Supported_EveryMachine_OffersPortableAndScalar() =>
        Assert.Equal(["128-bit vectors", "scalar"], KernelSet.Supported.TakeLast(2).Select(kernels => kernels.Name));

    [Theory]
    [MemberData(nameof(VectorisedSets))]
    public void Multiply_RandomShapes_EqualsScalarTwinToTheBit(string name)
    {
        foreach (var row in Shapes)
        {
            var (rows, columns, tokens) = row.Data;
            var random = new Random((rows * 1000) + columns);
            using var weights = new RandomWeights(rows, columns, random);
            using var panel = Int8Panel(tokens, columns, random, 3, out _);

            var expected = Run(Scalar, weights.Tensor, panel, tokens, exact: false);
            var actual = Run(Set(name), weights.Tensor, panel, tokens, exact: false);

            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(VectorisedSets))]
    public void Multiply_FiftyDrawnShapes_EqualsScalarTwinToTheBit(string name)
    {
        var random = new Random(15);
        for (var i = 0; i < 50; i++)
        {
            var (rows, columns, tokens) = (random.Next(1, 20), 16 * random.Next(1, 80), random.Next(1, 9));
            using var weights = new RandomWeights(rows, columns, random, 0x01, 0x7E);
            using var panel = Int8Panel(tokens, columns, random, 3, out _);

            var expected = Run(Scalar, weights.Tensor, panel, tokens, exact: false);
            var actual = Run(Set(name), weights.Tensor, panel, tokens, exact: false);

            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Supported_OnArm_OffersAdvSimd()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported, "Needs an Arm processor.");

        Assert.StartsWith("AdvSimd", KernelSet.Best.Name, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(VectorisedSets))]
    public void Multiply_ExtremeScales_EqualsScalarTwinToTheBit(string name)
    {
        // All codes of a scale's range: subnormal (0x01 to 0x07), smallest normal, largest.
        foreach (var (smallest, largest) in ((byte, byte)[])[(0x01, 0x07), (0x08, 0x0F), (0x77, 0x7E), (0x00, 0x7E)])
        {
            foreach (var magnitude in (float[])[1e-20f, 1, 1e20f])
            {
                var random = new Random(smallest);
                using var weights = new RandomWeights(6, 160, random, smallest, largest);
                using var panel = Int8Panel(3, 160, random, magnitude, out _);

                var expected = Run(Scalar, weights.Tensor, panel, 3, exact: false);
                var actual = Run(Set(name), weights.Tensor, panel, 3, exact: false);

                Assert.All(expected, value => Assert.True(float.IsFinite(value)));
                Assert.Equal(expected, actual);
            }
        }
    }

    [Theory]
    [MemberData(nameof(VectorisedSets))]
    public void MultiplyExact_RandomShapes_EqualsScalarTwinToTheBit(string name)
    {
        foreach (var row in Shapes)
        {
            var (rows, columns, tokens) = row.Data;
            var random = new Random((rows * 1000) + columns);
            using var weights = new RandomWeights(rows, columns, random, 0x01, 0x7E);
            using var panel = Fp4Panel(tokens, columns, weights.Tensor.InputScale, random, out _);

            var expected = Run(Scalar, weights.Tensor, panel, tokens, exact: true);
            var actual = Run(Set(name), weights.Tensor, panel, tokens, exact: true);

            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Multiply_EverySet_IsTheProductOfWeightsAndQuantisedActivations()
    {
        foreach (var kernels in KernelSet.Supported)
        {
            var random = new Random(11);
            using var weights = new RandomWeights(10, 208, random);
            using var panel = Int8Panel(3, 208, random, 2, out var x);

            var actual = Run(kernels, weights.Tensor, panel, 3, exact: false);

            for (var token = 0; token < 3; token++)
            {
                for (var row = 0; row < 10; row++)
                {
                    var (expected, magnitude) = Int8Product(weights, row, x.AsSpan(token * 208, 208));

                    // Block sums are exact; 16 lanes of a dozen float32 additions are not.
                    Assert.Equal(expected, actual[(token * 10) + row], 1e-6 * magnitude);
                }
            }
        }
    }

    [Fact]
    public void MultiplyExact_EverySet_IsTheW4A4Definition()
    {
        foreach (var kernels in KernelSet.Supported)
        {
            var random = new Random(12);
            using var weights = new RandomWeights(10, 208, random);
            using var panel = Fp4Panel(2, 208, weights.Tensor.InputScale, random, out var x);

            var actual = Run(kernels, weights.Tensor, panel, 2, exact: true);

            for (var token = 0; token < 2; token++)
            {
                for (var row = 0; row < 10; row++)
                {
                    Assert.Equal(Fp4Product(weights, row, x.AsSpan(token * 208, 208)), actual[(token * 10) + row]);
                }
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Multiply_AToken_DoesNotDependOnThePanelAroundIt(int tokens)
    {
        var random = new Random(13);
        using var weights = new RandomWeights(12, 320, random);
        using var panel = Int8Panel(tokens, 320, random, 2, out var x);
        using var alone = new ActivationPanel(1, 320);

        var together = Run(KernelSet.Best, weights.Tensor, panel, tokens, exact: false);

        for (var token = 0; token < tokens; token++)
        {
            fixed (float* values = &x[token * 320])
            {
                Int8Quantizer.Quantize(values, 0, 20, alone.Row(0));
            }

            Assert.Equal(Run(KernelSet.Best, weights.Tensor, alone, 1, exact: false), together[(token * 12)..((token + 1) * 12)]);
        }
    }

    [Fact]
    public void Multiply_PartOfTheRows_WritesNoOther()
    {
        using var weights = new RandomWeights(16, 64, new Random(14));
        using var panel = Int8Panel(2, 64, new Random(14), 1, out _);
        using var scratch = new NativeArray<byte>(KernelSet.Best.ScratchBytes(64));
        using var y = new NativeArray<float>(32);
        y.Slice(0, 32).Fill(-1);

        KernelSet.Best.Multiply(weights.Tensor, 5, 11, panel, 2, y.Pointer, 16, scratch.Pointer);

        var untouched = Enumerable.Range(0, 32).Where(i => i % 16 is < 5 or >= 11).Select(i => y.Slice(0, 32)[i]);
        Assert.All(untouched, value => Assert.Equal(-1, value));
        Assert.DoesNotContain(-1f, y.Slice(5, 6).ToArray());
    }

    private static KernelSet Set(string name) => KernelSet.Supported.Single(kernels => kernels.Name == name);

    private static float[] Run(KernelSet kernels, in NvFp4Tensor w, ActivationPanel panel, int tokens, bool exact)
    {
        using var scratch = new NativeArray<byte>(kernels.ScratchBytes(w.Columns));
        using var y = new NativeArray<float>((long)tokens * w.Rows);
        if (exact)
        {
            kernels.MultiplyExact(w, 0, w.Rows, panel, tokens, y.Pointer, w.Rows, scratch.Pointer);
        }
        else
        {
            kernels.Multiply(w, 0, w.Rows, panel, tokens, y.Pointer, w.Rows, scratch.Pointer);
        }

        return y.Slice(0, tokens * w.Rows).ToArray();
    }

    private static ActivationPanel Int8Panel(int tokens, int columns, Random random, float magnitude, out float[] x)
    {
        x = RandomActivations(tokens * columns, random, magnitude);
        var panel = new ActivationPanel(tokens, columns);
        fixed (float* values = x)
        {
            for (var token = 0; token < tokens; token++)
            {
                Int8Quantizer.Quantize(values + (token * columns), 0, columns / 16, panel.Row(token));
            }
        }

        return panel;
    }

    private static ActivationPanel Fp4Panel(int tokens, int columns, float inputScale, Random random, out float[] x)
    {
        x = RandomActivations(tokens * columns, random, 2);
        var panel = new ActivationPanel(tokens, columns);
        fixed (float* values = x)
        {
            for (var token = 0; token < tokens; token++)
            {
                Fp4Quantizer.Quantize(values + (token * columns), 0, columns / 16, inputScale, panel.Row(token));
            }
        }

        return panel;
    }

    private static float[] RandomActivations(int count, Random random, float magnitude) =>
        [.. Enumerable.Range(0, count).Select(i => i / 16 % 7 == 6 ? 0 : magnitude * (float)((random.NextDouble() * 2) - 1))];

    private static (double Sum, double Magnitude) Int8Product(RandomWeights weights, int row, ReadOnlySpan<float> x)
    {
        var (sum, magnitude) = (0.0, 0.0);
        for (var block = 0; block < x.Length / 16; block++)
        {
            var values = x.Slice(block * 16, 16);
            var largest = 0f;
            foreach (var value in values)
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            for (var i = 0; i < 16 && largest > 0; i++)
            {
                var quantised = MathF.Round(values[i] * (127 / largest), MidpointRounding.ToEven) * (double)(largest / 127);
                var product = weights.Value(row, (block * 16) + i) * quantised;
                (sum, magnitude) = (sum + product, magnitude + Math.Abs(product));
            }
        }

        return (sum, magnitude);
    }

    private static float Fp4Product(RandomWeights weights, int row, ReadOnlySpan<float> x)
    {
        var codes = new byte[x.Length / 2];
        var scales = new byte[x.Length / 16];
        NvFp4Quantizer.QuantizeActivations(x, weights.Tensor.InputScale, codes, scales);
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            var index = ((long)row * x.Length) + i;
            var weightPair = weights.Tensor.Codes[index / 2];
            var w = E2M1.Values[(i & 1) == 0 ? weightPair & 15 : weightPair >> 4] * E4M3.Decode(weights.Tensor.BlockScales[index / 16]);
            var a = E2M1.Values[(i & 1) == 0 ? codes[i / 2] & 15 : codes[i / 2] >> 4] * E4M3.Decode(scales[i / 16]);
            sum += (double)w * a;
        }

        var alpha = weights.Tensor.InputScale * weights.Tensor.WeightScale;
        return Bf16.Round((float)sum * alpha);
    }
}

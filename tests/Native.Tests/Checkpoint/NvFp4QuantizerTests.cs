using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class NvFp4QuantizerTests
{
    [Fact]
    public void QuantizeWeights_ValuesOnTheGrid_AreExact()
    {
        // 2688 in the tensor makes its scale 1; each block's largest value over 6 is an E4M3 number.
        float[] weights =
        [
            2688, 1792, 1344, 896, 672, 448, 224, 0, -2688, -1792, -1344, -896, -672, -448, -224, 0,
            6, 4, 3, 2, 1.5f, 1, 0.5f, 0, -6, -4, -3, -2, -1.5f, -1, -0.5f, 0,
        ];
        var codes = new byte[16];
        var blockScales = new byte[2];

        var tensorScale = NvFp4Quantizer.TensorScale(weights);
        NvFp4Quantizer.QuantizeWeights(weights, tensorScale, codes, blockScales);

        Assert.Equal(1, tensorScale);
        Assert.Equal([0x7E, 0x38], blockScales);
        byte[] block = [0x67, 0x45, 0x23, 0x01, 0xEF, 0xCD, 0xAB, 0x09];
        Assert.Equal([.. block, .. block], codes);
        var values = new float[32];
        NvFp4.Dequantize(codes, blockScales, tensorScale, values);
        Assert.Equal(weights, values);
    }

    [Fact]
    public void QuantizeWeights_EvenElement_IsInTheLowNibble()
    {
        var weights = new float[16];
        weights[0] = 2688;
        weights[3] = 448;
        var codes = new byte[8];

        NvFp4Quantizer.QuantizeWeights(weights, 1, codes, new byte[1]);

        Assert.Equal([0x07, 0x20, 0, 0, 0, 0, 0, 0], codes);
    }

    [Fact]
    public void QuantizeWeights_BlockOfZeros_HasTheScaleOne()
    {
        float[] weights = [.. new float[16], .. Enumerable.Repeat(2688f, 16)];
        var codes = new byte[16];
        var blockScales = new byte[2];

        NvFp4Quantizer.QuantizeWeights(weights, 1, codes, blockScales);

        Assert.Equal([0x38, 0x7E], blockScales);
        Assert.Equal(new byte[8], codes[..8]);
    }

    [Fact]
    public void QuantizeWeights_TensorOfZeros_DecodesToZeros()
    {
        var codes = new byte[8];
        var blockScales = new byte[1];
        var values = new float[16];

        var tensorScale = NvFp4Quantizer.TensorScale(values);
        NvFp4Quantizer.QuantizeWeights(values, tensorScale, codes, blockScales);
        NvFp4.Dequantize(codes, blockScales, tensorScale, values);

        Assert.Equal(0, tensorScale);
        Assert.Equal([0x38], blockScales);
        Assert.Equal(new float[16], values);
    }

    [Fact]
    public void QuantizeWeights_BlockWhoseScaleUnderflows_DecodesToZeros()
    {
        // 6 / 1024 over 6 is half the smallest E4M3 number: a tie, which goes to 0.
        float[] weights = [2688, .. new float[15], 6f / 1024, -6f / 1024, .. new float[14]];
        var codes = new byte[16];
        var blockScales = new byte[2];
        var values = new float[32];

        NvFp4Quantizer.QuantizeWeights(weights, 1, codes, blockScales);
        NvFp4.Dequantize(codes, blockScales, 1, values);

        Assert.Equal([0x7E, 0x00], blockScales);
        Assert.Equal(new byte[8], codes[8..]);
        Assert.Equal([2688, .. new float[31]], values);
    }

    [Fact]
    public void QuantizeActivations_ScaleOne_RoundsToEven()
    {
        float[] activations = [6, 5, 3.5f, 2.5f, 1.75f, 1.25f, 0.75f, 0.25f, -6, -5, -3.5f, -2.5f, -1.75f, -1.25f, -0.75f, -0.25f];
        var codes = new byte[8];
        var blockScales = new byte[1];

        NvFp4Quantizer.QuantizeActivations(activations, 1, codes, blockScales);

        Assert.Equal([0x38], blockScales);
        Assert.Equal([0x67, 0x46, 0x24, 0x02, 0xEF, 0xCE, 0xAC, 0x8A], codes);
    }

    [Fact]
    public void QuantizeActivations_BeyondTheCalibratedRange_Saturates()
    {
        var activations = new float[16];
        activations[0] = 1e6f;
        activations[1] = -2688;
        var codes = new byte[8];
        var blockScales = new byte[1];

        NvFp4Quantizer.QuantizeActivations(activations, 1, codes, blockScales);

        Assert.Equal([0x7E], blockScales);
        Assert.Equal(0xF7, codes[0]);
    }

    [Fact]
    public void QuantizeActivations_Zeros_HaveTheScaleZero()
    {
        var codes = new byte[8];
        byte[] blockScales = [0x55];

        NvFp4Quantizer.QuantizeActivations(new float[16], 0.01f, codes, blockScales);

        Assert.Equal([0x00], blockScales);
        Assert.Equal(new byte[8], codes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void QuantizeWeights_AnyWeights_ErrByAtMostASixthOfTheBlock(int seed)
    {
        var random = new Random(seed);
        float[] weights = [.. Enumerable.Range(0, 16 * 100).Select(_ => (random.NextSingle() - 0.5f) * MathF.Exp(random.NextSingle() * 3))];
        var codes = new byte[weights.Length / 2];
        var blockScales = new byte[weights.Length / 16];
        var values = new float[weights.Length];

        var tensorScale = NvFp4Quantizer.TensorScale(weights);
        NvFp4Quantizer.QuantizeWeights(weights, tensorScale, codes, blockScales);
        NvFp4.Dequantize(codes, blockScales, tensorScale, values);

        foreach (var (block, index) in weights.Chunk(16).Select((block, index) => (block, index)))
        {
            // The widest step of the grid is 2 of 6, so half of it a sixth; the scale itself is rounded by up to a sixteenth.
            var bound = block.Max(MathF.Abs) * (1 / 6f) * (17 / 16f);
            Assert.All(block.Select((weight, i) => MathF.Abs(weight - values[(index * 16) + i])), error => Assert.InRange(error, 0, bound));
        }
    }

    [Theory]
    [InlineData(15, 8, 1)]
    [InlineData(16, 7, 1)]
    [InlineData(16, 8, 2)]
    [InlineData(32, 16, 1)]
    public void Dequantize_LengthsThatDoNotFit_Throw(int values, int codes, int blockScales) =>
        Assert.Throws<ArgumentException>(() => NvFp4.Dequantize(new byte[codes], new byte[blockScales], 1, new float[values]));
}

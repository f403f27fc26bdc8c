using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels written plainly: the oracle of the vectorised sets, and what runs where nothing else can.</summary>
internal sealed unsafe class ScalarKernels : KernelSet
{
    private const float ScaleUnit = 1f / (1L << 60) / (1L << 60);

    public override string Name => "scalar";

    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        for (var column = 0; column < ActivationPanel.ChunkCount(columns) * ActivationPanel.ChunkColumns; column += 2)
        {
            var chunk = tile + (column / ActivationPanel.ChunkColumns * WeightTile.ChunkBytes);
            var position = column % ActivationPanel.ChunkColumns / 2;
            var pair = column < columns ? codes[column / 2] : 0;
            chunk[position] = WeightTile.BiasedValues[pair & 15];
            chunk[WeightTile.OddColumns + position] = WeightTile.BiasedValues[pair >> 4];

            var scale = column < columns ? E4M3.Decode(scales[column / ActivationPanel.BlockColumns]) : 0;
            ((float*)(chunk + WeightTile.Scales))[position / 4] = scale * ScaleUnit;
        }
    }

    protected override void TileDot4(byte* tile, int rowBytes, int chunks, byte* x, float* sums)
    {
        Span<float> lanes = stackalloc float[LaneSum.Lanes];
        for (var row = 0; row < WeightTile.Rows; row++)
        {
            lanes.Clear();
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                var w = tile + ((long)row * rowBytes) + (chunk * WeightTile.ChunkBytes);
                var a = x + (chunk * ActivationPanel.ChunkBytes);
                for (var lane = 0; lane < lanes.Length; lane++)
                {
                    lanes[lane] = MathF.FusedMultiplyAdd(IntegerSum(w, a, lane), Scale(w, a, lane), lanes[lane]);
                }
            }

            sums[row] = LaneSum.Of(lanes);
        }
    }

    protected override double ExactTileDot(byte* tile, int chunks, byte* x)
    {
        var sum = 0.0;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var w = tile + (chunk * WeightTile.ChunkBytes);
            var a = x + (chunk * ActivationPanel.ChunkBytes);
            for (var lane = 0; lane < LaneSum.Lanes; lane++)
            {
                sum += IntegerSum(w, a, lane) * Scale(w, a, lane);
            }
        }

        return sum;
    }

    private static int IntegerSum(byte* w, byte* x, int lane)
    {
        var sum = -((int*)(x + ActivationPanel.Offsets))[lane];
        for (var i = lane * 4; i < (lane + 1) * 4; i++)
        {
            sum += w[i] * (sbyte)x[i];
            sum += w[WeightTile.OddColumns + i] * (sbyte)x[ActivationPanel.OddColumns + i];
        }

        return sum;
    }

    private static float Scale(byte* w, byte* x, int lane) =>
        ((float*)(w + WeightTile.Scales))[lane] * ((float*)(x + ActivationPanel.Scales))[lane];
}

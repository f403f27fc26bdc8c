using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Kernels;

/// <summary>The kernels written plainly: the oracle of the vectorised sets, and what runs where nothing else can.</summary>
internal sealed unsafe class ScalarKernels : TiledKernels
{
    private const float ScaleUnit = 1f / (1L << 60) / (1L << 60);
    private const int Registers = 4;
    private const int LaneBytes = 4;

    public override string Name => "scalar";

    protected override void DecodeRow(byte* codes, byte* scales, int columns, byte* tile)
    {
        const int blocksInChunk = ActivationPanel.ChunkColumns / ActivationPanel.BlockColumns;
        for (var block = 0; block < ActivationPanel.ChunkCount(columns) * blocksInChunk; block++)
        {
            var chunk = tile + (block / blocksInChunk * WeightTile.ChunkBytes);
            var lane = ActivationPanel.Lane(block % blocksInChunk);
            var isPadding = block >= columns / ActivationPanel.BlockColumns;
            for (var i = 0; i < ActivationPanel.BlockColumns; i += 2)
            {
                var pair = isPadding ? 0 : codes[((block * ActivationPanel.BlockColumns) + i) / 2];
                var even = chunk + (i / 8 * 2 * ActivationPanel.RegisterBytes) + (lane * LaneBytes) + (i % 8 / 2);
                even[0] = WeightTile.BiasedValues[pair & 15];
                even[ActivationPanel.RegisterBytes] = WeightTile.BiasedValues[pair >> 4];
            }

            ((float*)(chunk + WeightTile.Scales))[lane] = isPadding ? 0 : E4M3.Decode(scales[block]) * ScaleUnit;
        }
    }

    protected override void TileDot(byte* tile, int rowBytes, int rows, int chunks, byte* x, nint xStride, int tokens, float scale, float* y, nint yStride)
    {
        Span<float> lanes = stackalloc float[LaneSum.Lanes];
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < rows; row++)
            {
                lanes.Clear();
                for (var chunk = 0; chunk < chunks; chunk++)
                {
                    var w = tile + ((long)row * rowBytes) + (chunk * WeightTile.ChunkBytes);
                    var a = x + (token * xStride) + (chunk * ActivationPanel.ChunkBytes);
                    for (var lane = 0; lane < lanes.Length; lane++)
                    {
                        lanes[lane] = MathF.FusedMultiplyAdd(IntegerSum(w, a, lane), Scale(w, a, lane), lanes[lane]);
                    }
                }

                y[(token * yStride) + row] = LaneSum.Of(lanes) * scale;
            }
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
        for (var register = 0; register < Registers; register++)
        {
            for (var i = 0; i < LaneBytes; i++)
            {
                var position = (register * ActivationPanel.RegisterBytes) + (lane * LaneBytes) + i;
                sum += w[position] * (sbyte)x[position];
            }
        }

        return sum;
    }

    private static float Scale(byte* w, byte* x, int lane) =>
        ((float*)(w + WeightTile.Scales))[lane] * ((float*)(x + ActivationPanel.Scales))[lane];
}

using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Checkpoint;

/// <summary>Touches every byte that an engine would touch.</summary>
internal static class CheckpointContent
{
    /// <summary>A sum over all bytes and scales, in the architecture's order.</summary>
    public static unsafe double Sum(LlamaCheckpoint checkpoint)
    {
        var sum = 0.0;
        foreach (var (name, shape) in LlamaTensors.Dense(checkpoint.Config))
        {
            var tensor = checkpoint.GetTensor(name, TensorDType.BF16, shape);
            sum = Add(sum, tensor.Slice(0, (int)tensor.ByteLength));
        }

        foreach (var layer in LlamaTensors.LinearLayers(checkpoint.Config))
        {
            var tensor = checkpoint.GetNvFp4(layer.Prefix, layer.Rows, layer.Columns);
            sum = Add(sum, new ReadOnlySpan<byte>(tensor.Codes, layer.Rows * layer.Columns / 2));
            sum = Add(sum, new ReadOnlySpan<byte>(tensor.BlockScales, layer.Rows * layer.Columns / 16));
            sum += tensor.WeightScale + tensor.InputScale;
        }

        return sum;
    }

    private static double Add(double sum, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            sum = (sum * 1.0001) + value;
        }

        return sum;
    }
}

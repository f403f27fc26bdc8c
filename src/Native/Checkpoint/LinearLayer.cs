namespace LlamaFp4.Native.Checkpoint;

/// <summary>A linear layer of the architecture, y = W x, and the prefix of its tensors' names.</summary>
internal readonly record struct LinearLayer(string Prefix, int Rows, int Columns)
{
    public string Codes => Prefix + ".weight";

    public string BlockScales => Prefix + ".weight_scale";

    public string WeightScale => Prefix + ".weight_scale_2";

    public string InputScale => Prefix + ".input_scale";
}

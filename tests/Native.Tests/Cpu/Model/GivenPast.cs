using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Cpu.Model;

/// <summary>Random keys and values of positions that nobody computed, the same for every reader: a long context without the time to read one.</summary>
internal sealed class GivenPast(LlamaConfig config, int length)
{
    private readonly int _numbers = config.KvHeadCount * config.HeadSize;

    public int Length => length;

    /// <summary>Key and value of a position. (kvHeadCount · headSize) each</summary>
    public (float[] Key, float[] Value) At(int layer, int position)
    {
        var random = new Random((layer * length) + position);
        float[] Numbers(float size) => [.. Enumerable.Range(0, _numbers).Select(_ => size * (random.NextSingle() - 0.5f))];

        // Values far larger than those of the model's own few tokens, so that the logits hang on all that is remembered.
        return (Numbers(8), Numbers(100));
    }
}

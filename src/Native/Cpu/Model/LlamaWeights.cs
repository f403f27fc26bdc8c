using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.Model;

/// <summary>All weights of a model. Only the norms are copied, to float32, and on demand the output head, to 8 bits; the rest stays in the mapped file.</summary>
/// <remarks>The checkpoint must outlive it.</remarks>
internal sealed unsafe class LlamaWeights : IDisposable
{
    private readonly LlamaConfig _config;
    private readonly NativeArray<float> _norms;
    private int _normsRead;

    public LlamaWeights(LlamaCheckpoint checkpoint, bool int8Head = false)
    {
        _config = checkpoint.Config;
        _norms = new NativeArray<float>(((2L * _config.LayerCount) + 1) * _config.HiddenSize);
        Embedding = Dense(checkpoint, "model.embed_tokens.weight");
        Head = _config.TieWordEmbeddings ? Embedding : Dense(checkpoint, "lm_head.weight");
        FinalNorm = Norm(checkpoint, "model.norm.weight");
        Layers = [.. Enumerable.Range(0, _config.LayerCount).Select(layer => Layer(checkpoint, layer))];
        Int8Head = int8Head ? new Int8Head(Head, _config.VocabularySize, _config.HiddenSize) : null;
    }

    public ushort* Embedding { get; } // (vocabularySize, hiddenSize)

    public IReadOnlyList<LayerWeights> Layers { get; }

    public float* FinalNorm { get; } // (hiddenSize)

    public ushort* Head { get; } // (vocabularySize, hiddenSize)

    /// <summary>The head to use instead, if it was asked for.</summary>
    public Int8Head? Int8Head { get; }

    /// <summary>Bytes of weights a decode step reads: everything but the embedding, unless that is the head.</summary>
    public long BytesPerToken => Layers.Sum(BytesOf) + (Int8Head?.Bytes ?? (long)_config.VocabularySize * _config.HiddenSize * sizeof(ushort));

    /// <summary>Weights in linear layers: multiplications per token.</summary>
    public long LinearWeights => Layers.Sum(WeightsOf);

    public void Dispose()
    {
        _norms.Dispose();
        Int8Head?.Dispose();
    }

    private static long BytesOf(LayerWeights layer) => WeightsOf(layer) * 9 / 16;

    private static long WeightsOf(LayerWeights layer) =>
        ((NvFp4Tensor[])[layer.Query, layer.Key, layer.Value, layer.Output, layer.Gate, layer.Up, layer.Down]).Sum(w => (long)w.Rows * w.Columns);

    private LayerWeights Layer(LlamaCheckpoint checkpoint, int layer)
    {
        var prefix = $"model.layers.{layer}.";
        var (hidden, intermediate) = (_config.HiddenSize, _config.IntermediateSize);
        var (queries, keys) = (_config.HeadCount * _config.HeadSize, _config.KvHeadCount * _config.HeadSize);
        return new LayerWeights
        {
            AttentionNorm = Norm(checkpoint, prefix + "input_layernorm.weight"),
            Query = checkpoint.GetNvFp4(prefix + "self_attn.q_proj", queries, hidden),
            Key = checkpoint.GetNvFp4(prefix + "self_attn.k_proj", keys, hidden),
            Value = checkpoint.GetNvFp4(prefix + "self_attn.v_proj", keys, hidden),
            Output = checkpoint.GetNvFp4(prefix + "self_attn.o_proj", hidden, queries),
            MlpNorm = Norm(checkpoint, prefix + "post_attention_layernorm.weight"),
            Gate = checkpoint.GetNvFp4(prefix + "mlp.gate_proj", intermediate, hidden),
            Up = checkpoint.GetNvFp4(prefix + "mlp.up_proj", intermediate, hidden),
            Down = checkpoint.GetNvFp4(prefix + "mlp.down_proj", hidden, intermediate),
        };
    }

    private ushort* Dense(LlamaCheckpoint checkpoint, string name) =>
        (ushort*)checkpoint.GetTensor(name, TensorDType.BF16, _config.VocabularySize, _config.HiddenSize).Data;

    private float* Norm(LlamaCheckpoint checkpoint, string name)
    {
        var norm = _norms.At((long)_normsRead++ * _config.HiddenSize);
        Bf16.ToSingle((ushort*)checkpoint.GetTensor(name, TensorDType.BF16, _config.HiddenSize).Data, _config.HiddenSize, norm);
        return norm;
    }
}

namespace LlamaFp4.Native.Checkpoint;

/// <summary>The tensors that a Llama of given sizes consists of, by their Hugging Face names.</summary>
internal static class LlamaTensors
{
    public static IEnumerable<LinearLayer> LinearLayers(LlamaConfig config) =>
        Enumerable.Range(0, config.LayerCount).SelectMany(layer => LinearLayers(config, layer));

    /// <summary>The tensors in BF16: embeddings, norms and, unless tied, the output head.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Dense(LlamaConfig config)
    {
        yield return ("model.embed_tokens.weight", [config.VocabularySize, config.HiddenSize]);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            yield return ($"model.layers.{layer}.input_layernorm.weight", [config.HiddenSize]);
            yield return ($"model.layers.{layer}.post_attention_layernorm.weight", [config.HiddenSize]);
        }

        yield return ("model.norm.weight", [config.HiddenSize]);
        if (!config.TieWordEmbeddings)
        {
            yield return ("lm_head.weight", [config.VocabularySize, config.HiddenSize]);
        }
    }

    /// <summary>Scales of an FP8 KV cache, which an exporter may leave out.</summary>
    public static IEnumerable<string> KvCacheScales(LlamaConfig config)
    {
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            yield return $"model.layers.{layer}.self_attn.k_proj.k_scale";
            yield return $"model.layers.{layer}.self_attn.v_proj.v_scale";
        }
    }

    private static IEnumerable<LinearLayer> LinearLayers(LlamaConfig config, int layer)
    {
        var queryColumns = config.HeadCount * config.HeadSize;
        var keyColumns = config.KvHeadCount * config.HeadSize;
        var attention = $"model.layers.{layer}.self_attn.";
        yield return new LinearLayer(attention + "q_proj", queryColumns, config.HiddenSize);
        yield return new LinearLayer(attention + "k_proj", keyColumns, config.HiddenSize);
        yield return new LinearLayer(attention + "v_proj", keyColumns, config.HiddenSize);
        yield return new LinearLayer(attention + "o_proj", config.HiddenSize, queryColumns);

        var mlp = $"model.layers.{layer}.mlp.";
        yield return new LinearLayer(mlp + "gate_proj", config.IntermediateSize, config.HiddenSize);
        yield return new LinearLayer(mlp + "up_proj", config.IntermediateSize, config.HiddenSize);
        yield return new LinearLayer(mlp + "down_proj", config.HiddenSize, config.IntermediateSize);
    }
}

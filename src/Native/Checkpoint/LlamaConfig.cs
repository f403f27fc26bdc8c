namespace LlamaFp4.Native.Checkpoint;

/// <summary>Sizes and constants of a Llama model, from <c>config.json</c> and <c>generation_config.json</c>.</summary>
/// <remarks>Read by <see cref="LlamaConfigReader"/>, whose limits keep every product of sizes that an engine forms within a long.</remarks>
internal sealed class LlamaConfig
{
    public required int VocabularySize { get; init; }
    public required int HiddenSize { get; init; }
    public required int IntermediateSize { get; init; }
    public required int LayerCount { get; init; }
    public required int HeadCount { get; init; }
    public required int KvHeadCount { get; init; }
    public required int HeadSize { get; init; }
    public required int ContextLength { get; init; }
    public required float RmsNormEpsilon { get; init; }
    public required double RopeTheta { get; init; }
    public RopeScaling? RopeScaling { get; init; }
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Ids that end a sequence, from <c>generation_config.json</c>, else <c>config.json</c>; may be empty.</summary>
    public required IReadOnlyList<int> EndOfSequenceTokenIds { get; init; }

    /// <summary>Sampling defaults of <c>generation_config.json</c>; temperature 0 if it does not sample.</summary>
    public float DefaultTemperature { get; init; }
    public float? DefaultTopP { get; init; }
    public int? DefaultTopK { get; init; }
}

/// <summary>Llama 3.1's stretching of the rotary embedding ("rope_type": "llama3").</summary>
internal sealed record RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength);

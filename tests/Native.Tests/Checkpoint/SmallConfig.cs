using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Checkpoint;

/// <summary>The configuration of a model that nobody computes: only its vocabulary and its stop tokens matter.</summary>
internal static class SmallConfig
{
    public static LlamaConfig Of(int vocabularySize, params int[] endOfSequenceTokenIds) => new()
    {
        VocabularySize = vocabularySize,
        HiddenSize = 16,
        IntermediateSize = 16,
        LayerCount = 1,
        HeadCount = 1,
        KvHeadCount = 1,
        HeadSize = 16,
        ContextLength = 64,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 10000,
        TieWordEmbeddings = true,
        EndOfSequenceTokenIds = endOfSequenceTokenIds,
    };
}

using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Cpu.Model;

/// <summary>Weights of one transformer block.</summary>
internal sealed unsafe class LayerWeights
{
    public required float* AttentionNorm { get; init; } // (hiddenSize)

    public required NvFp4Tensor Query { get; init; } // (headCount · headSize, hiddenSize)

    public required NvFp4Tensor Key { get; init; } // (kvHeadCount · headSize, hiddenSize)

    public required NvFp4Tensor Value { get; init; } // (kvHeadCount · headSize, hiddenSize)

    public required NvFp4Tensor Output { get; init; } // (hiddenSize, headCount · headSize)

    public required float* MlpNorm { get; init; } // (hiddenSize)

    public required NvFp4Tensor Gate { get; init; } // (intermediateSize, hiddenSize)

    public required NvFp4Tensor Up { get; init; } // (intermediateSize, hiddenSize)

    public required NvFp4Tensor Down { get; init; } // (hiddenSize, intermediateSize)
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu.Model;

/// <summary>The buffers of a forward pass, allocated once for the largest step.</summary>
internal sealed unsafe class ForwardState : IDisposable
{
    private readonly LlamaConfig _config;
    private readonly NativeArray<byte> _scratch;
    private readonly NativeArray<float> _scores;
    private readonly long _scratchStride;
    private readonly long _scoresStride;

    public ForwardState(LlamaConfig config, KernelSet kernels, int tokens, int logits, int contextLength, int threads)
    {
        _config = config;
        var queries = config.HeadCount * config.HeadSize;
        var keys = config.KvHeadCount * config.HeadSize;
        X = new((long)tokens * config.HiddenSize);
        Normed = new((long)tokens * config.HiddenSize);
        Projected = new((long)tokens * config.HiddenSize);
        Query = new((long)tokens * queries);
        Key = new((long)tokens * keys);
        Value = new((long)tokens * keys);
        Attended = new((long)tokens * queries);
        Gate = new((long)tokens * config.IntermediateSize);
        Up = new((long)tokens * config.IntermediateSize);
        Angles = new((long)tokens * config.HeadSize);
        HiddenPanel = new(tokens, config.HiddenSize);
        AttendedPanel = new(tokens, queries);
        ActivatedPanel = new(tokens, config.IntermediateSize);
        HeadInput = new((long)logits * Bf16MatMul.ArrangedLength(config.HiddenSize));
        HeadIntegers = new((long)logits * config.HiddenSize);
        HeadScales = new(logits);
        Logits = new((long)logits * config.VocabularySize);

        _scratchStride = kernels.ScratchBytes(int.Max(config.HiddenSize, int.Max(queries, config.IntermediateSize)));
        _scratch = new(_scratchStride * threads);
        _scoresStride = (long)Attention.HeadsAtOnce * Attention.ScoresLength(contextLength);
        _scores = new(_scoresStride * threads);
    }

    public NativeArray<float> X { get; } // (tokens, hiddenSize)

    public NativeArray<float> Normed { get; } // (tokens, hiddenSize)

    public NativeArray<float> Projected { get; } // (tokens, hiddenSize)

    public NativeArray<float> Query { get; } // (tokens, headCount · headSize)

    public NativeArray<float> Key { get; } // (tokens, kvHeadCount · headSize)

    public NativeArray<float> Value { get; } // (tokens, kvHeadCount · headSize)

    public NativeArray<float> Attended { get; } // (tokens, headCount · headSize)

    public NativeArray<float> Gate { get; } // (tokens, intermediateSize)

    public NativeArray<float> Up { get; } // (tokens, intermediateSize)

    public NativeArray<float> Angles { get; } // (tokens, headSize)

    public ActivationPanel HiddenPanel { get; } // (tokens, hiddenSize)

    public ActivationPanel AttendedPanel { get; } // (tokens, headCount · headSize)

    public ActivationPanel ActivatedPanel { get; } // (tokens, intermediateSize)

    public NativeArray<float> HeadInput { get; } // (logits, hiddenSize)

    public NativeArray<short> HeadIntegers { get; } // (logits, hiddenSize)

    public NativeArray<float> HeadScales { get; } // (logits)

    public NativeArray<float> Logits { get; } // (logits, vocabularySize)

    public Span<float> LogitsOf(int index) => Logits.Slice((long)index * _config.VocabularySize, _config.VocabularySize);

    public byte* Scratch(int thread) => _scratch.At(thread * _scratchStride);

    public float* Scores(int thread) => _scores.At(thread * _scoresStride);

    public void Dispose()
    {
        foreach (var array in (ReadOnlySpan<IDisposable>)
            [X, Normed, Projected, Query, Key, Value, Attended, Gate, Up, Angles, HiddenPanel, AttendedPanel, ActivatedPanel, HeadInput, HeadIntegers, HeadScales, Logits, _scratch, _scores])
        {
            array.Dispose();
        }
    }
}

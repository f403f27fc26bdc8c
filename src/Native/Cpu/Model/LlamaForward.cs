using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Cpu.Model;

/// <summary>The forward pass of a Llama: from token ids to logits, for all tokens of a batch.</summary>
/// <remarks>
/// Every compute thread runs <see cref="Forward"/>. Each loop over <see cref="ComputeThread.Items"/> is a stage: its tokens, heads or
/// rows are shared out, and it ends when all are done. A token's result does not depend on the others in its batch.
/// </remarks>
internal sealed unsafe class LlamaForward : IDisposable
{
    private readonly LlamaConfig _config;
    private readonly LlamaWeights _weights;
    private readonly KvLayout _layout;
    private readonly ComputeThreads _threads;
    private readonly KernelSet _kernels;
    private readonly bool _exact;
    private readonly ForwardState _state;
    private readonly float[] _inverseFrequencies;
    private readonly Action<ComputeThread> _forward;
    private readonly int _headsPerKvHead;

    public LlamaForward(
        LlamaConfig config, LlamaWeights weights, KvLayout layout, ComputeThreads threads, KernelSet kernels, CpuNumerics numerics, EngineLimits limits)
    {
        _config = config;
        _weights = weights;
        _layout = layout;
        _threads = threads;
        _kernels = kernels;
        _exact = numerics == CpuNumerics.Exact;
        Batch = new Batch(limits.PrefillTokens + limits.Concurrent, limits.Concurrent);
        _state = new ForwardState(config, kernels, Batch.Capacity, limits.Concurrent, limits.ContextLength, threads.Count);
        _inverseFrequencies = RotaryEmbedding.InverseFrequencies(config.HeadSize, config.RopeTheta, config.RopeScaling);
        _headsPerKvHead = config.HeadCount / config.KvHeadCount;
        _forward = Forward;
    }

    public Batch Batch { get; }

    /// <summary>Computes the batch; the KV pages of its sequences receive the new positions.</summary>
    public void Run() => _threads.Run(_forward);

    /// <summary>Logits by the index <see cref="Batch.WantLogits"/> returned, until the next run.</summary>
    public Span<float> Logits(int index) => _state.LogitsOf(index);

    public void Dispose() => _state.Dispose();

    private void Forward(ComputeThread thread)
    {
        Embed(thread);
        for (var layer = 0; layer < _weights.Layers.Count; layer++)
        {
            var w = _weights.Layers[layer];

            // x ← x + W_o · attention(RoPE(W_q h), RoPE(W_k h), W_v h), h = RmsNorm(x)
            Normalize(thread, w.AttentionNorm, w.Query.InputScale);
            QueryKeyValue(thread, w);
            RotateAndCache(thread, layer);
            Attend(thread, layer, w.Output.InputScale);
            MultiplyAndAdd(thread, w.Output, _state.AttendedPanel);

            // x ← x + W_down · (silu(W_gate h) · W_up h), h = RmsNorm(x)
            Normalize(thread, w.MlpNorm, w.Gate.InputScale);
            GateAndUp(thread, w);
            MultiplyAndAdd(thread, w.Down, _state.ActivatedPanel);
        }

        NormalizeForHead(thread);
        Head(thread);
    }

    private void Embed(ComputeThread thread)
    {
        foreach (var token in thread.Items(Batch.Count))
        {
            var embedding = _weights.Embedding + ((long)Batch.TokenIds[token] * _config.HiddenSize);
            Bf16.ToSingle(embedding, _config.HiddenSize, Row(_state.X, token, _config.HiddenSize));
            RotaryEmbedding.Angles(Batch.Positions[token], _inverseFrequencies, Row(_state.Angles, token, _config.HeadSize));
        }
    }

    private void Normalize(ComputeThread thread, float* norm, float inputScale)
    {
        foreach (var token in thread.Items(Batch.Count))
        {
            var normed = Row(_state.Normed, token, _config.HiddenSize);
            RmsNorm.Normalize(Row(_state.X, token, _config.HiddenSize), norm, _config.HiddenSize, _config.RmsNormEpsilon, _exact, normed);
            Quantize(normed, 0, _config.HiddenSize, inputScale, _state.HiddenPanel.Row(token));
        }
    }

    private void QueryKeyValue(ComputeThread thread, LayerWeights w)
    {
        const int unit = WeightTile.Rows;
        var queryChunks = thread.Chunks(w.Query.Rows, unit);
        var keyChunks = thread.Chunks(w.Key.Rows, unit);
        foreach (var chunk in thread.Items(queryChunks + (2 * keyChunks)))
        {
            if (chunk < queryChunks)
            {
                Multiply(thread, w.Query, thread.Rows(chunk, w.Query.Rows, unit), _state.HiddenPanel, _state.Query);
            }
            else if (chunk < queryChunks + keyChunks)
            {
                Multiply(thread, w.Key, thread.Rows(chunk - queryChunks, w.Key.Rows, unit), _state.HiddenPanel, _state.Key);
            }
            else
            {
                Multiply(thread, w.Value, thread.Rows(chunk - queryChunks - keyChunks, w.Value.Rows, unit), _state.HiddenPanel, _state.Value);
            }
        }
    }

    private void RotateAndCache(ComputeThread thread, int layer)
    {
        foreach (var token in thread.Items(Batch.Count))
        {
            var angles = Row(_state.Angles, token, _config.HeadSize);
            for (var head = 0; head < _config.HeadCount; head++)
            {
                RotaryEmbedding.Rotate(HeadOf(_state.Query, token, head, _config.HeadCount), _config.HeadSize, angles, _exact);
            }

            var (page, position) = Math.DivRem(Batch.Positions[token], KvLayout.PageTokens);
            for (var head = 0; head < _config.KvHeadCount; head++)
            {
                var key = HeadOf(_state.Key, token, head, _config.KvHeadCount);
                RotaryEmbedding.Rotate(key, _config.HeadSize, angles, _exact);
                var value = HeadOf(_state.Value, token, head, _config.KvHeadCount);
                _layout.Store((ushort*)Batch.Pages(token)[page], layer, head, position, key, value);
            }
        }
    }

    private void Attend(ComputeThread thread, int layer, float inputScale)
    {
        var columns = _headsPerKvHead * _config.HeadSize;
        foreach (var item in thread.Items(Batch.Count * _config.KvHeadCount))
        {
            var (token, kvHead) = Math.DivRem(item, _config.KvHeadCount);
            var attended = HeadOf(_state.Attended, token, kvHead * _headsPerKvHead, _config.HeadCount);
            Attend(thread, layer, token, kvHead, attended);
            Quantize(attended - (kvHead * columns), kvHead * columns, columns, inputScale, _state.AttendedPanel.Row(token));
        }
    }

    private void Attend(ComputeThread thread, int layer, int token, int kvHead, float* attended)
    {
        var queries = HeadOf(_state.Query, token, kvHead * _headsPerKvHead, _config.HeadCount);
        var (keys, values) = (_layout.Keys(layer, kvHead), _layout.Values(layer, kvHead));
        var positions = Batch.Positions[token] + 1;
        var scores = _state.Scores(thread.Index);
        if (_layout.Type == CpuKvCacheType.EightBit)
        {
            var scales = _layout.Scales(layer, kvHead);
            Attention.Attend<sbyte>(queries, _headsPerKvHead, _config.HeadSize, Batch.Pages(token), keys, values, scales, positions, scores, attended);
            return;
        }

        if (!_exact)
        {
            Attention.Attend<ushort>(queries, _headsPerKvHead, _config.HeadSize, Batch.Pages(token), keys, values, 0, positions, scores, attended);
            return;
        }

        ExactAttention.Attend(queries, _headsPerKvHead, _config.HeadSize, Batch.Pages(token), keys, values, positions, scores, attended);
        for (var i = 0; i < _headsPerKvHead * _config.HeadSize; i++)
        {
            attended[i] = Bf16.Round(attended[i]);
        }
    }

    private void MultiplyAndAdd(ComputeThread thread, in NvFp4Tensor w, ActivationPanel x)
    {
        const int unit = WeightTile.Rows;
        foreach (var chunk in thread.Items(thread.Chunks(w.Rows, unit)))
        {
            var rows = thread.Rows(chunk, w.Rows, unit);
            Multiply(thread, w, rows, x, _state.Projected);
            for (var token = 0; token < Batch.Count; token++)
            {
                Residual.Add(
                    Row(_state.X, token, _config.HiddenSize) + rows.First,
                    Row(_state.Projected, token, _config.HiddenSize) + rows.First,
                    rows.Last - rows.First,
                    _exact);
            }
        }
    }

    // The columns of a chunk are activated and quantised by whoever computed them: in whole blocks, so that no stage is needed for it.
    private void GateAndUp(ComputeThread thread, LayerWeights w)
    {
        const int unit = ActivationPanel.BlockColumns;
        foreach (var chunk in thread.Items(thread.Chunks(w.Gate.Rows, unit)))
        {
            var rows = thread.Rows(chunk, w.Gate.Rows, unit);
            var count = rows.Last - rows.First;
            Multiply(thread, w.Gate, rows, _state.HiddenPanel, _state.Gate);
            Multiply(thread, w.Up, rows, _state.HiddenPanel, _state.Up);
            for (var token = 0; token < Batch.Count; token++)
            {
                var gate = Row(_state.Gate, token, _config.IntermediateSize);
                Activate(gate + rows.First, Row(_state.Up, token, _config.IntermediateSize) + rows.First, count);
                Quantize(gate, rows.First, count, w.Down.InputScale, _state.ActivatedPanel.Row(token));
            }
        }
    }

    private void Activate(float* gate, float* up, int count)
    {
        if (_exact)
        {
            SwiGlu.ActivateExact(gate, up, count, gate);
        }
        else
        {
            SwiGlu.Activate(gate, up, count, gate);
        }
    }

    private void NormalizeForHead(ComputeThread thread)
    {
        foreach (var index in thread.Items(Batch.LogitsCount))
        {
            var token = Batch.LogitsRows[index];
            var normed = Row(_state.Normed, token, _config.HiddenSize);
            RmsNorm.Normalize(
                Row(_state.X, token, _config.HiddenSize), _weights.FinalNorm, _config.HiddenSize, _config.RmsNormEpsilon, _exact, normed);
            if (_weights.Int8Head is null)
            {
                Bf16MatMul.Arrange(normed, _config.HiddenSize, Row(_state.HeadInput, index, Bf16MatMul.ArrangedLength(_config.HiddenSize)));
            }
            else
            {
                var integers = _state.HeadIntegers.At((long)index * _config.HiddenSize);
                *_state.HeadScales.At(index) = Int8Head.QuantizeColumns(normed, _config.HiddenSize, integers);
            }
        }
    }

    private void Head(ComputeThread thread)
    {
        const int unit = WeightTile.Rows;
        foreach (var chunk in thread.Items(thread.Chunks(_config.VocabularySize, unit)))
        {
            var (first, last) = thread.Rows(chunk, _config.VocabularySize, unit);
            var (tokens, logits) = (Batch.LogitsCount, _state.Logits);
            if (_weights.Int8Head is { } head)
            {
                head.Multiply(first, last, _state.HeadIntegers.Pointer, _state.HeadScales.Pointer, tokens, logits.Pointer, _config.VocabularySize);
            }
            else
            {
                Bf16MatMul.Multiply(
                    _weights.Head, _config.HiddenSize, first, last, _state.HeadInput.Pointer, tokens, logits.Pointer, _config.VocabularySize);
            }
        }
    }

    private void Multiply(ComputeThread thread, in NvFp4Tensor w, (int First, int Last) rows, ActivationPanel x, NativeArray<float> y)
    {
        var scratch = _state.Scratch(thread.Index);
        if (_exact)
        {
            _kernels.MultiplyExact(w, rows.First, rows.Last, x, Batch.Count, y.Pointer, w.Rows, scratch);
        }
        else
        {
            _kernels.Multiply(w, rows.First, rows.Last, x, Batch.Count, y.Pointer, w.Rows, scratch);
        }
    }

    private void Quantize(float* values, int firstColumn, int columns, float inputScale, byte* panelRow)
    {
        const int block = ActivationPanel.BlockColumns;
        if (_exact)
        {
            Fp4Quantizer.Quantize(values, firstColumn / block, columns / block, inputScale, panelRow);
        }
        else
        {
            Int8Quantizer.Quantize(values, firstColumn / block, columns / block, panelRow);
        }
    }

    private static float* Row(NativeArray<float> array, int row, int length) => array.At((long)row * length);

    private float* HeadOf(NativeArray<float> array, int token, int head, int heads) =>
        array.At((((long)token * heads) + head) * _config.HeadSize);
}

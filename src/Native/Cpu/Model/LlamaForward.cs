using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Scheduling;

namespace LlamaFp4.Native.Cpu.Model;

/// <summary>The forward pass of a Llama: from token ids to logits, for all tokens of a batch.</summary>
/// <remarks>
/// Every compute thread runs <see cref="Forward"/> on its share of tokens, heads or rows; a synchronisation stands wherever the
/// next stage reads what another thread wrote. A token's result does not depend on the others in its batch.
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
    private readonly Action<int> _forward;
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
        _state = new ForwardState(config, Batch.Capacity, limits.Concurrent, limits.ContextLength, threads.Count);
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

    private void Forward(int thread)
    {
        Embed(thread);
        for (var layer = 0; layer < _weights.Layers.Count; layer++)
        {
            var w = _weights.Layers[layer];

            // x ← x + W_o · attention(RoPE(W_q h), RoPE(W_k h), W_v h), h = RmsNorm(x)
            Normalize(thread, w.AttentionNorm, w.Query.InputScale);
            _threads.Synchronize();
            Multiply(thread, w.Query, _state.HiddenPanel, _state.Query);
            Multiply(thread, w.Key, _state.HiddenPanel, _state.Key);
            Multiply(thread, w.Value, _state.HiddenPanel, _state.Value);
            _threads.Synchronize();
            RotateAndCache(thread, layer);
            _threads.Synchronize();
            Attend(thread, layer, w.Output.InputScale);
            _threads.Synchronize();
            MultiplyAndAdd(thread, w.Output, _state.AttendedPanel);
            _threads.Synchronize();

            // x ← x + W_down · (silu(W_gate h) · W_up h), h = RmsNorm(x)
            Normalize(thread, w.MlpNorm, w.Gate.InputScale);
            _threads.Synchronize();
            GateAndUp(thread, w);
            _threads.Synchronize();
            MultiplyAndAdd(thread, w.Down, _state.ActivatedPanel);
            _threads.Synchronize();
        }

        NormalizeForHead(thread);
        _threads.Synchronize();
        Head(thread);
    }

    private void Embed(int thread)
    {
        for (var token = thread; token < Batch.Count; token += _threads.Count)
        {
            var embedding = _weights.Embedding + ((long)Batch.TokenIds[token] * _config.HiddenSize);
            Bf16.ToSingle(embedding, _config.HiddenSize, Row(_state.X, token, _config.HiddenSize));
            RotaryEmbedding.Angles(Batch.Positions[token], _inverseFrequencies, Row(_state.Angles, token, _config.HeadSize));
        }
    }

    private void Normalize(int thread, float* norm, float inputScale)
    {
        for (var token = thread; token < Batch.Count; token += _threads.Count)
        {
            var normed = Row(_state.Normed, token, _config.HiddenSize);
            RmsNorm.Normalize(Row(_state.X, token, _config.HiddenSize), norm, _config.HiddenSize, _config.RmsNormEpsilon, _exact, normed);
            Quantize(normed, 0, _config.HiddenSize, inputScale, _state.HiddenPanel.Row(token));
        }
    }

    private void Multiply(int thread, in NvFp4Tensor w, ActivationPanel x, NativeArray<float> y)
    {
        var (first, last) = Share(w.Rows, WeightTile.Rows, thread);
        Multiply(thread, w, first, last, x, y);
    }

    private void RotateAndCache(int thread, int layer)
    {
        for (var item = thread; item < Batch.Count * _config.KvHeadCount; item += _threads.Count)
        {
            var (token, kvHead) = Math.DivRem(item, _config.KvHeadCount);
            var angles = Row(_state.Angles, token, _config.HeadSize);
            for (var head = kvHead * _headsPerKvHead; head < (kvHead + 1) * _headsPerKvHead; head++)
            {
                RotaryEmbedding.Rotate(HeadOf(_state.Query, token, head, _config.HeadCount), _config.HeadSize, angles, _exact);
            }

            var key = HeadOf(_state.Key, token, kvHead, _config.KvHeadCount);
            RotaryEmbedding.Rotate(key, _config.HeadSize, angles, _exact);
            var (page, position) = Math.DivRem(Batch.Positions[token], KvLayout.PageTokens);
            var value = HeadOf(_state.Value, token, kvHead, _config.KvHeadCount);
            _layout.Store((ushort*)Batch.Pages(token)[page], layer, kvHead, position, key, value);
        }
    }

    private void Attend(int thread, int layer, float inputScale)
    {
        var columns = _headsPerKvHead * _config.HeadSize;
        for (var item = thread; item < Batch.Count * _config.KvHeadCount; item += _threads.Count)
        {
            var (token, kvHead) = Math.DivRem(item, _config.KvHeadCount);
            var attended = HeadOf(_state.Attended, token, kvHead * _headsPerKvHead, _config.HeadCount);
            Attention.Attend(
                HeadOf(_state.Query, token, kvHead * _headsPerKvHead, _config.HeadCount),
                _headsPerKvHead,
                _config.HeadSize,
                Batch.Pages(token),
                _layout.Keys(layer, kvHead),
                _layout.Values(layer, kvHead),
                Batch.Positions[token] + 1,
                _state.Scores(thread),
                attended);
            RoundIfExact(attended, columns);
            Quantize(attended - (kvHead * columns), kvHead * columns, columns, inputScale, _state.AttendedPanel.Row(token));
        }
    }

    private void MultiplyAndAdd(int thread, in NvFp4Tensor w, ActivationPanel x)
    {
        var (first, last) = Share(w.Rows, WeightTile.Rows, thread);
        Multiply(thread, w, first, last, x, _state.Projected);
        for (var token = 0; token < Batch.Count; token++)
        {
            Residual.Add(
                Row(_state.X, token, _config.HiddenSize) + first,
                Row(_state.Projected, token, _config.HiddenSize) + first,
                last - first,
                _exact);
        }
    }

    // A thread activates the columns it computed itself, in whole blocks, so no synchronisation is needed in between.
    private void GateAndUp(int thread, LayerWeights w)
    {
        var (first, last) = Share(w.Gate.Rows, ActivationPanel.BlockColumns, thread);
        Multiply(thread, w.Gate, first, last, _state.HiddenPanel, _state.Gate);
        Multiply(thread, w.Up, first, last, _state.HiddenPanel, _state.Up);
        for (var token = 0; token < Batch.Count; token++)
        {
            var gate = Row(_state.Gate, token, _config.IntermediateSize);
            SwiGlu.Activate(gate + first, Row(_state.Up, token, _config.IntermediateSize) + first, last - first, _exact, gate + first);
            Quantize(gate, first, last - first, w.Down.InputScale, _state.ActivatedPanel.Row(token));
        }
    }

    private void NormalizeForHead(int thread)
    {
        for (var index = thread; index < Batch.LogitsCount; index += _threads.Count)
        {
            var token = Batch.LogitsRows[index];
            var normed = Row(_state.Normed, token, _config.HiddenSize);
            RmsNorm.Normalize(
                Row(_state.X, token, _config.HiddenSize), _weights.FinalNorm, _config.HiddenSize, _config.RmsNormEpsilon, _exact, normed);
            Bf16MatMul.Arrange(normed, _config.HiddenSize, Row(_state.HeadInput, index, Bf16MatMul.ArrangedLength(_config.HiddenSize)));
        }
    }

    private void Head(int thread)
    {
        var (first, last) = Share(_config.VocabularySize, WeightTile.Rows, thread);
        Bf16MatMul.Multiply(
            _weights.Head, _config.HiddenSize, first, last, _state.HeadInput.Pointer, Batch.LogitsCount, _state.Logits.Pointer, _config.VocabularySize);
    }

    private void Multiply(int thread, in NvFp4Tensor w, int first, int last, ActivationPanel x, NativeArray<float> y)
    {
        if (_exact)
        {
            _kernels.MultiplyExact(w, first, last, x, Batch.Count, y.Pointer, w.Rows, _state.Scratch(thread));
        }
        else
        {
            _kernels.Multiply(w, first, last, x, Batch.Count, y.Pointer, w.Rows, _state.Scratch(thread));
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

    private void RoundIfExact(float* values, int count)
    {
        for (var i = 0; _exact && i < count; i++)
        {
            values[i] = Bf16.Round(values[i]);
        }
    }

    private (int First, int Last) Share(int rows, int unit, int thread)
    {
        var units = (rows + unit - 1) / unit;
        var first = (int)((long)units * thread / _threads.Count) * unit;
        var last = (int)((long)units * (thread + 1) / _threads.Count) * unit;
        return (int.Min(first, rows), int.Min(last, rows));
    }

    private static float* Row(NativeArray<float> array, int row, int length) => array.At((long)row * length);

    private float* HeadOf(NativeArray<float> array, int token, int head, int heads) =>
        array.At((((long)token * heads) + head) * _config.HeadSize);
}

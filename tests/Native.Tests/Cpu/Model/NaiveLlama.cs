using System.Runtime.InteropServices;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Cpu.Model;

/// <summary>The arithmetic of the model written straight from its definition, one token after the other: W4A16, or W4A4 with its roundings.</summary>
internal sealed class NaiveLlama(LlamaCheckpoint checkpoint, bool exact)
{
    private readonly LlamaConfig _config = checkpoint.Config;
    private readonly List<(float[] Key, float[] Value)>[] _cache = [.. Enumerable.Range(0, checkpoint.Config.LayerCount).Select(_ => new List<(float[], float[])>())];

    /// <summary>Begins behind positions whose keys and values are given.</summary>
    public void Continue(GivenPast past)
    {
        for (var layer = 0; layer < _config.LayerCount; layer++)
        {
            for (var position = 0; position < past.Length; position++)
            {
                Remember(layer, past.At(layer, position));
            }
        }
    }

    /// <summary>Logits after each token.</summary>
    public float[][] Run(IEnumerable<int> tokenIds) => [.. tokenIds.Select(id => Step(id, _cache[0].Count))];

    /// <summary>How far logits are off: root of the mean squared difference over the root of the mean squared logit.</summary>
    public static double RelativeError(float[][] expected, float[][] actual)
    {
        var differences = expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Pow(x - y, 2)).Sum()).Sum();
        return Math.Sqrt(differences / expected.Sum(logits => logits.Sum(x => (double)x * x)));
    }

    private float[] Step(int tokenId, int position)
    {
        var x = Dense("model.embed_tokens.weight", _config.VocabularySize)[tokenId];
        for (var layer = 0; layer < _config.LayerCount; layer++)
        {
            var name = $"model.layers.{layer}.";
            var h = RmsNorm(x, name + "input_layernorm.weight");
            var q = Heads(Linear(h, name + "self_attn.q_proj", _config.HeadCount * _config.HeadSize), position);
            var k = Heads(Linear(h, name + "self_attn.k_proj", _config.KvHeadCount * _config.HeadSize), position).SelectMany(head => head);
            var v = Linear(h, name + "self_attn.v_proj", _config.KvHeadCount * _config.HeadSize);

            Remember(layer, ([.. k], v));
            var attended = q.SelectMany((head, index) => Attend(head, index / (_config.HeadCount / _config.KvHeadCount), _cache[layer]));
            x = Add(x, Linear([.. attended], name + "self_attn.o_proj", _config.HiddenSize));

            h = RmsNorm(x, name + "post_attention_layernorm.weight");
            var gate = Linear(h, name + "mlp.gate_proj", _config.IntermediateSize);
            var up = Linear(h, name + "mlp.up_proj", _config.IntermediateSize);
            float[] activated = [.. gate.Zip(up, (g, u) => Round(g / (1 + MathF.Exp(-g)) * u))];
            x = Add(x, Linear(activated, name + "mlp.down_proj", _config.HiddenSize));
        }

        var final = RmsNorm(x, "model.norm.weight");
        var rows = Dense(_config.TieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight", _config.VocabularySize);
        return [.. rows.Select(row => (float)row.Zip(final, (w, value) => (double)w * value).Sum())];
    }

    // The engine keeps keys and values in BF16 in either mode.
    private void Remember(int layer, (float[] Key, float[] Value) entry) =>
        _cache[layer].Add(([.. entry.Key.Select(ToBf16)], [.. entry.Value.Select(ToBf16)]));

    private float[] RmsNorm(float[] x, string name)
    {
        var w = Dense(name, 1)[0];
        var meanSquare = (float)x.Average(value => (double)value * value);
        var r = 1 / MathF.Sqrt(meanSquare + _config.RmsNormEpsilon);
        return [.. x.Zip(w, (value, weight) => Round(value * r * weight))];
    }

    private float[] Linear(float[] x, string name, int rows)
    {
        var w = checkpoint.GetNvFp4(name, rows, x.Length);
        var alpha = exact ? w.InputScale * w.WeightScale : 1;
        var input = exact ? QuantizedFp4(x, w.InputScale) : x;
        var y = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            var sum = 0.0;
            for (var i = 0; i < x.Length; i++)
            {
                sum += (double)Weight(w, row, i) * input[i];
            }

            y[row] = Round((float)sum * alpha);
        }

        return y;
    }

    // Without its second-level scale in W4A4, where alpha holds it.
    private unsafe float Weight(in NvFp4Tensor w, int row, int column)
    {
        var index = ((long)row * w.Columns) + column;
        var code = (column & 1) == 0 ? w.Codes[index / 2] & 15 : w.Codes[index / 2] >> 4;
        return E2M1.Values[code] * (E4M3.Decode(w.BlockScales[index / 16]) * (exact ? 1 : w.WeightScale));
    }

    private static float[] QuantizedFp4(float[] x, float inputScale)
    {
        var codes = new byte[x.Length / 2];
        var scales = new byte[x.Length / 16];
        NvFp4Quantizer.QuantizeActivations(x, inputScale, codes, scales);
        return [.. x.Select((_, i) => E2M1.Values[(i & 1) == 0 ? codes[i / 2] & 15 : codes[i / 2] >> 4] * E4M3.Decode(scales[i / 16]))];
    }

    private float[][] Heads(float[] values, int position) => [.. values.Chunk(_config.HeadSize).Select(head => Rotate(head, position))];

    private float[] Rotate(float[] head, int position)
    {
        var half = _config.HeadSize / 2;
        var rotated = new float[_config.HeadSize];
        for (var i = 0; i < half; i++)
        {
            var angle = position * (float)Frequency(i);
            var (cos, sin) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            rotated[i] = Round((head[i] * cos) - (head[half + i] * sin));
            rotated[half + i] = Round((head[half + i] * cos) + (head[i] * sin));
        }

        return rotated;
    }

    private double Frequency(int i)
    {
        var frequency = Math.Pow(_config.RopeTheta, -2.0 * i / _config.HeadSize);
        if (_config.RopeScaling is not { } s)
        {
            return frequency;
        }

        // 1 where the wavelength is short, 0 where it is long, in between linear in the number of turns within the original context.
        var turns = s.OriginalContextLength * frequency / (2 * Math.PI);
        var share = Math.Clamp((turns - s.LowFrequencyFactor) / (s.HighFrequencyFactor - s.LowFrequencyFactor), 0, 1);
        return ((1 - share) * frequency / s.Factor) + (share * frequency);
    }

    private float[] Attend(float[] q, int kvHead, List<(float[] Key, float[] Value)> cache)
    {
        var start = kvHead * _config.HeadSize;
        var scores = cache.Select(entry => q.Select((value, i) => (double)value * entry.Key[start + i]).Sum() / Math.Sqrt(_config.HeadSize)).ToList();
        var largest = scores.Max();
        var weights = scores.Select(score => Math.Exp(score - largest)).ToList();
        var sum = weights.Sum();
        return [.. Enumerable.Range(0, _config.HeadSize).Select(i =>
            Round((float)(cache.Select((entry, position) => weights[position] * entry.Value[start + i]).Sum() / sum)))];
    }

    private float[] Add(float[] x, float[] y) => [.. x.Zip(y, (a, b) => Round(a + b))];

    private unsafe float[][] Dense(string name, int rows)
    {
        var tensor = rows == 1
            ? checkpoint.GetTensor(name, TensorDType.BF16, _config.HiddenSize)
            : checkpoint.GetTensor(name, TensorDType.BF16, rows, _config.HiddenSize);
        var halves = MemoryMarshal.Cast<byte, ushort>(tensor.Slice(0, (int)tensor.ByteLength)).ToArray();
        return [.. halves.Select(half => BitConverter.UInt32BitsToSingle((uint)half << 16)).Chunk(_config.HiddenSize)];
    }

    private float Round(float value) => exact ? ToBf16(value) : value;

    private static float ToBf16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var lower = BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
        var upper = BitConverter.UInt32BitsToSingle((bits & 0xFFFF0000) + 0x10000);
        var (below, above) = (Math.Abs((double)value - lower), Math.Abs((double)upper - value));
        var isLowerEven = (bits & 0x10000) == 0;
        return below < above || (below == above && isLowerEven) ? lower : upper;
    }
}

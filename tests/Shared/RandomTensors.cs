using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Tests.Shared;

/// <summary>The tensors of a <see cref="RandomCheckpoint"/>, layer by layer.</summary>
/// <remarks>Weights have variance 1 / columns, so that activations, logits and attention scores stay near unit size at any depth.</remarks>
internal sealed class RandomTensors
{
    private const int PoolLength = 1 << 22;
    private const int ChunkLength = 1 << 20;

    // Drawn block scales lie between 64 and 240: a factor of four, as among the blocks of real weights.
    private const int SmallestBlockScale = 0x68;
    private const int LargestBlockScale = 0x77;

    // Root mean square of a uniformly drawn E2M1 code times that of a drawn block scale.
    private const float RmsOfCodes = 2.926f * 148.3f;

    private readonly RandomCheckpoint _checkpoint;
    private readonly Random _random;
    private readonly byte[] _codes;
    private readonly byte[] _blockScales;
    private readonly float[] _normals;

    private RandomTensors(RandomCheckpoint checkpoint)
    {
        _checkpoint = checkpoint;
        _random = new Random(checkpoint.Seed);
        var poolLength = checkpoint.UsesRandomCodes ? PoolLength : 0;
        _codes = new byte[poolLength];
        _random.NextBytes(_codes);
        _blockScales = [.. _codes.Select(code => (byte)(SmallestBlockScale + (code & 15)))];
        _normals = [.. Enumerable.Range(0, poolLength).Select(_ => Normal(_random))];
    }

    public static IReadOnlyList<TensorSource> All(RandomCheckpoint checkpoint) => [.. new RandomTensors(checkpoint).All()];

    private IEnumerable<TensorSource> All()
    {
        var (hidden, vocabulary) = (_checkpoint.HiddenSize, _checkpoint.VocabularySize);
        yield return Matrix("model.embed_tokens.weight", vocabulary, hidden, 1);
        for (var layer = 0; layer < _checkpoint.LayerCount; layer++)
        {
            foreach (var tensor in Layer($"model.layers.{layer}."))
            {
                yield return tensor;
            }
        }

        yield return Norm("model.norm.weight");
        if (!_checkpoint.TieWordEmbeddings)
        {
            yield return Matrix("lm_head.weight", vocabulary, hidden, 1 / MathF.Sqrt(hidden));
        }
    }

    private IEnumerable<TensorSource> Layer(string prefix)
    {
        var (hidden, intermediate) = (_checkpoint.HiddenSize, _checkpoint.IntermediateSize);
        var query = _checkpoint.HeadCount * _checkpoint.HeadSize;
        var key = _checkpoint.KvHeadCount * _checkpoint.HeadSize;
        var attention = prefix + "self_attn.";
        var mlp = prefix + "mlp.";
        return
        [
            Norm(prefix + "input_layernorm.weight"),
            .. Linear(hidden, (attention + "q_proj", query), (attention + "k_proj", key), (attention + "v_proj", key)),
            .. KvCacheScales(attention),
            .. Linear(query, (attention + "o_proj", hidden)),
            Norm(prefix + "post_attention_layernorm.weight"),
            .. Linear(hidden, (mlp + "gate_proj", intermediate), (mlp + "up_proj", intermediate)),
            .. Linear(intermediate, (mlp + "down_proj", hidden)),
        ];
    }

    private IEnumerable<TensorSource> KvCacheScales(string attention) => _checkpoint.WritesKvCacheScales
        ? [Scalar(attention + "k_proj.k_scale", 1), Scalar(attention + "v_proj.v_scale", 1)]
        : [];

    private IEnumerable<TensorSource> Linear(int columns, params (string Name, int Rows)[] group) =>
        _checkpoint.UsesRandomCodes ? DrawnLinear(columns, group) : QuantizedLinear(columns, group);

    private IEnumerable<TensorSource> DrawnLinear(int columns, (string Name, int Rows)[] group)
    {
        var weightScale = 1 / (MathF.Sqrt(columns) * RmsOfCodes);
        var inputScale = DrawInputScale();
        return group.SelectMany(layer => Linear(
            layer.Name,
            layer.Rows,
            columns,
            weightScale,
            inputScale,
            stream => WritePool(stream, _codes, (long)layer.Rows * columns / 2),
            stream => WritePool(stream, _blockScales, (long)layer.Rows * columns / NvFp4.BlockSize)));
    }

    // The layers that read the same input share their scales, as ModelOpt exports them.
    private IEnumerable<TensorSource> QuantizedLinear(int columns, (string Name, int Rows)[] group)
    {
        var weights = group.Select(layer => Draw(layer.Rows * columns, 1 / MathF.Sqrt(columns))).ToList();
        var weightScale = weights.Max(values => NvFp4Quantizer.TensorScale(values));
        if (_checkpoint.WritesScalarsAsBFloat16)
        {
            weightScale = FromBFloat16(ToBFloat16(weightScale));
        }

        var inputScale = DrawInputScale();
        return group.Zip(weights).SelectMany(pair =>
        {
            var codes = new byte[pair.Second.Length / 2];
            var blockScales = new byte[pair.Second.Length / NvFp4.BlockSize];
            NvFp4Quantizer.QuantizeWeights(pair.Second, weightScale, codes, blockScales);
            return Linear(pair.First.Name, pair.First.Rows, columns, weightScale, inputScale, stream => stream.Write(codes), stream => stream.Write(blockScales));
        });
    }

    private IEnumerable<TensorSource> Linear(
        string name, int rows, int columns, float weightScale, float inputScale, Action<Stream> writeCodes, Action<Stream> writeBlockScales) =>
    [
        Scalar(name + ".input_scale", inputScale),
        new TensorSource(name + ".weight", "U8", [rows, columns / 2], writeCodes),
        new TensorSource(name + ".weight_scale", "F8_E4M3", [rows, columns / NvFp4.BlockSize], writeBlockScales),
        Scalar(name + ".weight_scale_2", weightScale),
    ];

    private TensorSource Scalar(string name, float value) => _checkpoint.WritesScalarsAsBFloat16
        ? new TensorSource(name, "BF16", [1], stream => WriteBFloat16(stream, [value]))
        : new TensorSource(name, "F32", [], stream => stream.Write(BitConverter.GetBytes(value)));

    private TensorSource Norm(string name)
    {
        var weights = Draw(_checkpoint.HiddenSize, 0.1f).Select(noise => 1 + noise).ToArray();
        return new TensorSource(name, "BF16", [weights.Length], stream => WriteBFloat16(stream, weights));
    }

    private TensorSource Matrix(string name, int rows, int columns, float deviation)
    {
        var seed = _random.Next();
        return new TensorSource(name, "BF16", [rows, columns], stream => WriteMatrix(stream, (long)rows * columns, deviation, seed));
    }

    private void WriteMatrix(Stream stream, long count, float deviation, int seed)
    {
        if (_checkpoint.UsesRandomCodes)
        {
            var pool = MemoryMarshal.AsBytes(_normals.Select(normal => ToBFloat16(normal * deviation)).ToArray().AsSpan()).ToArray();
            WritePool(stream, pool, count * sizeof(ushort));
            return;
        }

        var random = new Random(seed);
        WriteBFloat16(stream, [.. Enumerable.Range(0, (int)count).Select(_ => Normal(random) * deviation)]);
    }

    // Any even place in the pool will do: what matters is that the values are spread, not that they never repeat.
    private void WritePool(Stream stream, byte[] pool, long byteLength)
    {
        for (var written = 0L; written < byteLength; written += ChunkLength)
        {
            var start = _random.Next((pool.Length - ChunkLength) / 2) * 2;
            stream.Write(pool, start, (int)long.Min(ChunkLength, byteLength - written));
        }
    }

    private float DrawInputScale() => (4 + (4 * _random.NextSingle())) / NvFp4.Range;

    private float[] Draw(int count, float deviation) => [.. Enumerable.Range(0, count).Select(_ => Normal(_random) * deviation)];

    // Sum of four uniform numbers: near enough to normal, and the same on every machine, unlike logarithms and cosines.
    private static float Normal(Random random) =>
        (random.NextSingle() + random.NextSingle() + random.NextSingle() + random.NextSingle() - 2) * 1.7320508f;

    private static void WriteBFloat16(Stream stream, ReadOnlySpan<float> values)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, ToBFloat16(value));
            stream.Write(bytes);
        }
    }

    // Rounds to nearest even; the values here are finite.
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static float FromBFloat16(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);
}

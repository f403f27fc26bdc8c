using System.Text;
using LlamaFp4.Bench.Engine;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Bench.LlamaCpp;

/// <summary>Writes a shape with random weights as GGUF, without a vocabulary.</summary>
internal static class GgufFile
{
    private const int Version = 3;
    private const int Alignment = 32;
    private const uint UInt32Type = 4;
    private const uint Float32Type = 6;
    private const uint StringType = 8;

    /// <summary>Writes the file into the temporary folder, unless it is there from an earlier run; returns its path.</summary>
    public static string WriteOnce(EngineShape shape, string format)
    {
        var path = Path.Combine(Path.GetTempPath(), $"llamafp4-bench-{shape.Name}-{format}.gguf");
        if (!File.Exists(path))
        {
            using (var file = new BinaryWriter(File.Create(path + ".part")))
            {
                Write(file, shape.Checkpoint, format);
            }

            File.Move(path + ".part", path);
        }

        return path;
    }

    private static void Write(BinaryWriter file, RandomCheckpoint shape, string format)
    {
        var tensors = Tensors(shape, format).ToList();
        file.Write("GGUF"u8);
        file.Write(Version);
        file.Write((long)tensors.Count);
        file.Write(11L);
        WriteName("general.architecture", StringType);
        WriteText("llama");
        WriteName("tokenizer.ggml.model", StringType);
        WriteText("none");
        WriteName("llama.attention.layer_norm_rms_epsilon", Float32Type);
        file.Write(1e-5f);
        foreach (var (name, value) in (ReadOnlySpan<(string, int)>)
            [
                ("vocab_size", shape.VocabularySize), ("context_length", shape.ContextLength), ("embedding_length", shape.HiddenSize),
                ("feed_forward_length", shape.IntermediateSize), ("block_count", shape.LayerCount), ("rope.dimension_count", shape.HeadSize),
                ("attention.head_count", shape.HeadCount), ("attention.head_count_kv", shape.KvHeadCount),
            ])
        {
            WriteName("llama." + name, UInt32Type);
            file.Write(value);
        }

        var offset = 0L;
        foreach (var tensor in tensors)
        {
            WriteText(tensor.Name);
            file.Write(tensor.Rows > 1 ? 2 : 1);
            file.Write((long)tensor.Columns);
            if (tensor.Rows > 1)
            {
                file.Write((long)tensor.Rows);
            }

            file.Write(tensor.Format.Id);
            file.Write(offset);
            offset = Aligned(offset + tensor.Bytes);
        }

        var patterns = new Dictionary<GgufFormat, byte[]>();
        foreach (var tensor in tensors)
        {
            file.Write(new byte[Aligned(file.BaseStream.Position) - file.BaseStream.Position]);
            var pattern = patterns.TryGetValue(tensor.Format, out var known) ? known : patterns[tensor.Format] = tensor.Format.Pattern();
            for (var left = tensor.Bytes; left > 0; left -= pattern.Length)
            {
                file.Write(pattern, 0, (int)long.Min(left, pattern.Length));
            }
        }

        void WriteName(string name, uint type)
        {
            WriteText(name);
            file.Write(type);
        }

        void WriteText(string text)
        {
            file.Write((long)text.Length);
            file.Write(Encoding.ASCII.GetBytes(text));
        }
    }

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    // As llama.cpp's own quantiser writes them: the head finer than the rest. ModelOpt leaves head and embedding in BF16.
    private static IEnumerable<Tensor> Tensors(RandomCheckpoint shape, string format)
    {
        var fine = shape.HiddenSize % GgufFormat.Q6_K.BlockColumns == 0 ? GgufFormat.Q6_K : GgufFormat.Q8_0;
        var (linear, embedding, head) = format switch
        {
            "q4_0" => (GgufFormat.Q4_0, shape.TieWordEmbeddings ? fine : GgufFormat.Q4_0, fine),
            "mxfp4" => (GgufFormat.MxFp4, GgufFormat.Q8_0, GgufFormat.Q8_0),
            "nvfp4" => (GgufFormat.NvFp4, GgufFormat.Bf16, GgufFormat.Bf16),
            _ => throw new ArgumentException($"Unknown format '{format}'; expected q4_0, mxfp4 or nvfp4."),
        };
        var (hidden, queries, keys) = (shape.HiddenSize, shape.HeadCount * shape.HeadSize, shape.KvHeadCount * shape.HeadSize);
        yield return new("token_embd.weight", shape.VocabularySize, hidden, embedding);
        yield return new("output_norm.weight", 1, hidden, GgufFormat.Float32);
        if (!shape.TieWordEmbeddings)
        {
            yield return new("output.weight", shape.VocabularySize, hidden, head);
        }

        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            var block = $"blk.{layer}.";
            yield return new(block + "attn_norm.weight", 1, hidden, GgufFormat.Float32);
            yield return new(block + "attn_q.weight", queries, hidden, linear);
            yield return new(block + "attn_k.weight", keys, hidden, linear);
            yield return new(block + "attn_v.weight", keys, hidden, linear);
            yield return new(block + "attn_output.weight", hidden, queries, linear);
            yield return new(block + "ffn_norm.weight", 1, hidden, GgufFormat.Float32);
            yield return new(block + "ffn_gate.weight", shape.IntermediateSize, hidden, linear);
            yield return new(block + "ffn_up.weight", shape.IntermediateSize, hidden, linear);
            yield return new(block + "ffn_down.weight", hidden, shape.IntermediateSize, linear);
        }
    }

    private sealed record Tensor(string Name, int Rows, int Columns, GgufFormat Format)
    {
        public long Bytes => (long)Rows * Columns / Format.BlockColumns * Format.BlockBytes;
    }
}

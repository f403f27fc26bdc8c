using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Kernels;

namespace LlamaFp4.Native.Cpu;

/// <summary>What the engine needs of a checkpoint beyond its being well-formed.</summary>
internal static class ModelRequirements
{
    public static void Check(LlamaCheckpoint checkpoint, CpuSessionOptions options)
    {
        var config = checkpoint.Config;
        RequireContext(options.ContextLength, config.ContextLength, nameof(options.ContextLength));

        // Attention quantises the heads of one KV head at a time.
        var columns = config.HeadCount / config.KvHeadCount * config.HeadSize;
        if (columns % ActivationPanel.BlockColumns != 0 || config.HeadSize % 2 != 0)
        {
            throw new CheckpointException(
                checkpoint.DirectoryPath,
                null,
                $"{config.HeadCount / config.KvHeadCount} query heads of size {config.HeadSize} per KV head: expected an even size, and a multiple of {ActivationPanel.BlockColumns} together.");
        }

        if (options.Int8OutputHead && config.HiddenSize > Int8Head.MaxColumns)
        {
            throw new CheckpointException(
                checkpoint.DirectoryPath, null, $"has a hidden size of {config.HiddenSize}; {nameof(options.Int8OutputHead)} allows at most {Int8Head.MaxColumns}.");
        }

        if (options.Numerics == CpuNumerics.Exact)
        {
            for (var layer = 0; layer < config.LayerCount; layer++)
            {
                RequireSharedScale(checkpoint, $"model.layers.{layer}.self_attn.", "q_proj", "k_proj", "v_proj");
                RequireSharedScale(checkpoint, $"model.layers.{layer}.mlp.", "gate_proj", "up_proj");
            }
        }
    }

    private static void RequireContext(int? wanted, int limit, string name)
    {
        if (wanted > limit)
        {
            throw new ArgumentOutOfRangeException(name, wanted, $"{name} must be at most {limit}, the checkpoint's own limit.");
        }
    }

    // ModelOpt writes one scale for layers that read the same input, and TensorRT-LLM relies on it; so the input is quantised once.
    private static void RequireSharedScale(LlamaCheckpoint checkpoint, string prefix, params ReadOnlySpan<string> layers)
    {
        var first = checkpoint.GetScalar($"{prefix}{layers[0]}.input_scale");
        foreach (var layer in layers[1..])
        {
            var scale = checkpoint.GetScalar($"{prefix}{layer}.input_scale");
            if (scale != first)
            {
                throw new CheckpointException(
                    checkpoint.DirectoryPath, $"{prefix}{layer}.input_scale", $"is {scale}, but {layers[0]} has {first}; expected the same for layers that share their input.");
            }
        }
    }
}

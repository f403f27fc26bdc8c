using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether a checkpoint directory is whole: configuration, every file and tensor by its header, tokenizer. No weight is read.</summary>
internal sealed class CheckpointInspection
{
    private const string DownloadAgain = "Download it again in full, for example with: hf download nvidia/Llama-3.1-405B-Instruct-FP4 --local-dir DIR";

    private readonly string _path;
    private readonly List<PreflightCheck> _checks = [];

    private CheckpointInspection(string path) => _path = path;

    /// <summary>What was found; ends with the first thing that makes the rest meaningless.</summary>
    public IReadOnlyList<PreflightCheck> Checks => _checks;

    /// <summary>The sizes, if configuration and weights are whole.</summary>
    public CheckpointSummary? Summary { get; private set; }

    public static CheckpointInspection Run(string directory)
    {
        var inspection = new CheckpointInspection(Path.GetFullPath(directory));
        _ = inspection.Passes("config", inspection.InspectConfiguration)
            && inspection.Passes("weights", inspection.InspectWeights)
            && inspection.Passes("tokenizer", inspection.InspectTokenizer);
        return inspection;
    }

    private bool Passes(string name, Func<string> inspect)
    {
        try
        {
            _checks.Add(PreflightCheck.Ok(name, inspect()));
            return true;
        }
        catch (CheckpointException exception)
        {
            _checks.Add(PreflightCheck.Failure(name, exception.Message, Advise(exception)));
            return false;
        }
    }

    private string InspectConfiguration()
    {
        if (!Directory.Exists(_path))
        {
            throw new CheckpointException(_path, null, "is not a directory.");
        }

        var config = LlamaConfigReader.Read(_path);
        var kvCache = QuantizationReader.Read(_path).KvCacheAlgorithm ?? "16 bits";
        return $"Llama in NVFP4, KV cache in {kvCache}: {config.LayerCount} layers, {config.HeadCount} heads, {config.KvHeadCount} KV heads of size {config.HeadSize}, "
            + $"{Quantity.Count(config.VocabularySize)} ids, context {Quantity.Count(config.ContextLength)}.";
    }

    private string InspectWeights()
    {
        using var checkpoint = LlamaCheckpoint.OpenHeaders(_path);
        Summary = new CheckpointSummary(_path, checkpoint.Config, checkpoint.Quantization, checkpoint.TotalBytes);
        var files = checkpoint.FileCount == 1 ? "1 file" : $"{Quantity.Count(checkpoint.FileCount)} files";
        return $"{Quantity.Bytes(checkpoint.TotalBytes)}, {Quantity.Count(checkpoint.TensorCount)} tensors in {files}, all as the configuration wants them.";
    }

    private string InspectTokenizer()
    {
        var ids = LlamaTokenizer.Load(_path).VocabularySize;
        var config = Summary!.Config;
        return ids == config.VocabularySize
            ? $"{Quantity.Count(ids)} ids; a turn ends with {string.Join(", ", config.EndOfSequenceTokenIds)}."
            : throw new CheckpointException(_path, null, $"tokenizer.json has {Quantity.Count(ids)} ids, but config.json says vocab_size {Quantity.Count(config.VocabularySize)}; expected the same.");
    }

    private static string Advise(CheckpointException exception)
    {
        if (exception.File is { } file && LargeFilePointer.IsAt(file))
        {
            return $"{Path.GetFileName(file)} is the pointer that Git LFS leaves in place of a file: run git lfs pull in the directory.";
        }

        return exception.File is { } path && !CheckpointFile.IsPresent(path)
            ? $"Check the path. {DownloadAgain}"
            : $"An interrupted download leaves such files. {DownloadAgain}";
    }
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether a checkpoint directory is whole: configuration, every file and tensor by its header, tokenizer. No weight is read.</summary>
internal sealed class CheckpointInspection
{
    private const string DownloadAgain = "Download it again in full, for example with: hf download nvidia/Llama-3.1-405B-Instruct-FP4 --local-dir DIR";

    private readonly string _path;
    private readonly bool _mayLackWeights;
    private readonly List<PreflightCheck> _checks = [];

    private LlamaConfig? _config;

    private CheckpointInspection(string path, bool mayLackWeights)
    {
        _path = path;
        _mayLackWeights = mayLackWeights;
    }

    /// <summary>What was found; ends with the first thing that makes the rest meaningless.</summary>
    public IReadOnlyList<PreflightCheck> Checks => _checks;

    /// <summary>The sizes, if weights are there and whole.</summary>
    public CheckpointSummary? Summary { get; private set; }

    /// <summary>Whether nothing is missing or wrong.</summary>
    public bool IsWhole { get; private set; }

    /// <param name="directory">The checkpoint's directory.</param>
    /// <param name="mayLackWeights">Whether configuration and tokenizer are enough, because another machine has the weights.</param>
    public static CheckpointInspection Run(string directory, bool mayLackWeights)
    {
        var inspection = new CheckpointInspection(Path.GetFullPath(directory), mayLackWeights);
        inspection.IsWhole = inspection.Passes("config", inspection.InspectConfiguration)
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

        var config = _config = LlamaConfigReader.Read(_path);
        var kvCache = QuantizationReader.Read(_path).KvCacheAlgorithm ?? "16 bits";
        return $"Llama in NVFP4, KV cache in {kvCache}: {config.LayerCount} layers, {config.HeadCount} heads, {config.KvHeadCount} KV heads of size {config.HeadSize}, "
            + $"{Quantity.Count(config.VocabularySize)} ids, context {Quantity.Count(config.ContextLength)}.";
    }

    private string InspectWeights()
    {
        if (_mayLackWeights && Directory.GetFiles(_path, "*.safetensors*").Length == 0)
        {
            return "None here: the endpoint's machine has them.";
        }

        using var checkpoint = LlamaCheckpoint.OpenHeaders(_path);
        Summary = new CheckpointSummary(_path, checkpoint.Config, checkpoint.Quantization, checkpoint.TotalBytes);
        var files = checkpoint.FileCount == 1 ? "1 file" : $"{Quantity.Count(checkpoint.FileCount)} files";
        return $"{Quantity.Bytes(checkpoint.TotalBytes)}, {Quantity.Count(checkpoint.TensorCount)} tensors in {files}, all as the configuration wants them.";
    }

    private string InspectTokenizer()
    {
        var tokenizer = LlamaTokenizer.Load(_path);
        tokenizer.RequireVocabularyOf(_path, _config!);
        return $"{Quantity.Count(tokenizer.VocabularySize)} ids; a turn ends with {string.Join(", ", _config!.EndOfSequenceTokenIds)}.";
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

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether a checkpoint directory is whole: configuration, every file and tensor by its header, tokenizer. No weight is read.</summary>
/// <param name="Checks">What was found; it ends with the first thing that makes the rest meaningless.</param>
/// <param name="Summary">The sizes, if all of it is whole.</param>
internal sealed record CheckpointInspection(IReadOnlyList<PreflightCheck> Checks, CheckpointSummary? Summary)
{
    private const string ConfigName = "config";
    private const string WeightsName = "weights";
    private const string TokenizerName = "tokenizer";

    private const string DownloadAgain = "Download it again in full, for example with: hf download nvidia/Llama-3.1-405B-Instruct-FP4 --local-dir DIR";

    public static CheckpointInspection Run(string directory)
    {
        List<PreflightCheck> checks = [];
        var name = ConfigName;
        try
        {
            var path = Path.GetFullPath(directory);
            using var checkpoint = OpenConfiguration(path, checks, ref name);

            name = TokenizerName;
            var tokenizer = ReadTokenizer(path, checkpoint.Config, checks);
            return new CheckpointInspection(checks, new CheckpointSummary(path, checkpoint.Config, checkpoint.Quantization, tokenizer, checkpoint.TotalBytes));
        }
        catch (CheckpointException exception)
        {
            checks.Add(PreflightCheck.Failure(name, exception.Message, Advise(exception)));
            return new CheckpointInspection(checks, null);
        }
    }

    private static LlamaCheckpoint OpenConfiguration(string path, List<PreflightCheck> checks, ref string name)
    {
        if (!Directory.Exists(path))
        {
            throw new CheckpointException(path, null, "is not a directory.");
        }

        var config = LlamaConfigReader.Read(path);
        var quantization = QuantizationReader.Read(path);
        checks.Add(PreflightCheck.Ok(ConfigName, Describe(config, quantization)));

        name = WeightsName;
        var checkpoint = LlamaCheckpoint.OpenHeaders(path);
        checks.Add(PreflightCheck.Ok(
            WeightsName, $"{Quantity.Bytes(checkpoint.TotalBytes)}, {Quantity.Count(checkpoint.TensorCount)} tensors in {Plural(checkpoint.FileCount, "file")}, all as the configuration wants them."));
        return checkpoint;
    }

    private static string Describe(LlamaConfig config, NvFp4Quantization quantization) =>
        $"Llama in NVFP4, KV cache {quantization.KvCacheAlgorithm ?? "as the server chooses"}: {config.LayerCount} layers, {config.HeadCount} heads, "
        + $"{config.KvHeadCount} KV heads of size {config.HeadSize}, {Quantity.Count(config.VocabularySize)} ids, context {Quantity.Count(config.ContextLength)}.";

    private static LlamaTokenizer ReadTokenizer(string path, LlamaConfig config, List<PreflightCheck> checks)
    {
        var tokenizer = LlamaTokenizer.Load(path);
        if (tokenizer.VocabularySize != config.VocabularySize)
        {
            throw new CheckpointException(
                path, null, $"tokenizer.json has {Quantity.Count(tokenizer.VocabularySize)} ids, but config.json says vocab_size {Quantity.Count(config.VocabularySize)}; expected the same.");
        }

        checks.Add(PreflightCheck.Ok(
            TokenizerName, $"{Quantity.Count(tokenizer.VocabularySize)} ids; a turn ends with {string.Join(", ", config.EndOfSequenceTokenIds)}."));
        return tokenizer;
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

    private static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{Quantity.Count(count)} {noun}s";
}

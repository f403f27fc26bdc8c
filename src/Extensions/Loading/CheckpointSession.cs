using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.PocketModel;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Loading;

/// <summary>Loads the checkpoint that settings name, or the pocket model if they name none, into the embedded engine.</summary>
internal static partial class CheckpointSession
{
    /// <param name="settings">What to load.</param>
    /// <param name="modelKey">Configuration key of the checkpoint directory, for messages.</param>
    /// <param name="progress">Told as loading goes on; what it throws ends the loading.</param>
    /// <param name="logger">Where doubts about the checkpoint go.</param>
    public static ITokenSession Load(SessionSettings settings, string modelKey, IProgress<LoadProgress> progress, ILogger logger)
    {
        if (settings.Directory is { } directory)
        {
            if (ChatTemplateFingerprint.Identify(directory) == ChatTemplateOrigin.Foreign)
            {
                LogForeignTemplate(logger, directory);
            }

            return CpuSession.Load(directory, settings.ToCpuOptions(), progress);
        }

        if (!Directory.Exists(PocketCheckpoint.DirectoryPath))
        {
            throw new CheckpointException(
                $"No model is configured, and the pocket model is not beside the program: there is no directory '{PocketCheckpoint.DirectoryPath}'. "
                + $"Set {modelKey} to the directory of an NVFP4 checkpoint.");
        }

        LogPocketModel(logger, modelKey);
        return CpuSession.Load(PocketCheckpoint.DirectoryPath, settings.ToCpuOptions(), progress);
    }

    [LoggerMessage(
        EventId = 1,
        Level = LogLevel.Warning,
        Message = "No model is configured, so the pocket model answers. It is for demonstrations only. Set {ModelKey} to the directory of an NVFP4 checkpoint of Llama 3.1.")]
    private static partial void LogPocketModel(ILogger logger, string modelKey);

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Warning,
        Message = "The chat template in {Directory} is not the one of Llama 3.1 Instruct, but prompts are written in that format. The model may answer badly.")]
    private static partial void LogForeignTemplate(ILogger logger, string directory);
}

using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.PocketModel;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Extensions.Registration;

/// <summary>Loads the checkpoint that options name, or the pocket model if they name none.</summary>
internal static partial class CheckpointSession
{
    public static ITokenSession Load(IServiceProvider services, LlamaFp4Options options)
    {
        var progress = services.GetService<IProgress<LoadProgress>>();
        var logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(typeof(LlamaFp4Options).Namespace!);
        if (options.Model is { } directory)
        {
            if (ChatTemplateFingerprint.Identify(directory) == ChatTemplateOrigin.Foreign)
            {
                LogForeignTemplate(logger, directory);
            }

            return CpuSession.Load(directory, ToSessionOptions(options, options.ModelId), progress);
        }

        var modelKey = options.KeyOf(nameof(options.Model));
        if (!Directory.Exists(PocketCheckpoint.DirectoryPath))
        {
            throw new CheckpointException(
                $"No model is configured, and the pocket model is not beside the program: there is no directory '{PocketCheckpoint.DirectoryPath}'. "
                + $"Set {modelKey} to the directory of an NVFP4 checkpoint.");
        }

        LogPocketModel(logger, modelKey);
        return CpuSession.Load(PocketCheckpoint.DirectoryPath, ToSessionOptions(options, options.ModelId ?? PocketCheckpoint.ModelId), progress);
    }

    private static CpuSessionOptions ToSessionOptions(LlamaFp4Options options, string? modelId) => new()
    {
        ModelId = modelId,
        Numerics = options.Numerics,
        ThreadCount = options.ThreadCount,
        ContextLength = options.ContextLength,
        KvCacheTokens = options.KvCacheTokens,
        MaxConcurrentRequests = options.MaxConcurrentRequests,
        MaxQueuedRequests = options.MaxQueuedRequests,
    };

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

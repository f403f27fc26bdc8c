using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.PocketModel;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Engines;

/// <summary>Loads the checkpoint that options name, or the pocket model if they name none, into the embedded engine.</summary>
internal static partial class EmbeddedEngine
{
    /// <param name="options">What to load.</param>
    /// <param name="progress">Told as loading goes on.</param>
    /// <param name="logger">Told that the pocket model answers.</param>
    /// <param name="cancellationToken">Ends the loading at its next report.</param>
    public static ITokenSession Load(LlamaFp4Options options, IProgress<LoadProgress> progress, ILogger logger, CancellationToken cancellationToken)
    {
        progress = new InterruptibleProgress(progress, cancellationToken);
        if (ConfiguredModel.DirectoryOf(options) is { } directory)
        {
            return CpuSession.Load(directory, ToCpuOptions(options), progress);
        }

        var modelKey = options.KeyOf(nameof(options.Model));
        if (!Directory.Exists(PocketCheckpoint.DirectoryPath))
        {
            throw new CheckpointException(
                $"No model is configured, and the pocket model is not beside the program: there is no directory '{PocketCheckpoint.DirectoryPath}'. "
                + $"Set {modelKey} to the directory of an NVFP4 checkpoint.");
        }

        LogPocketModel(logger, modelKey);
        return CpuSession.Load(PocketCheckpoint.DirectoryPath, ToCpuOptions(options), progress);
    }

    private static CpuSessionOptions ToCpuOptions(LlamaFp4Options options)
    {
        CpuSessionOptions engine = new()
        {
            ModelId = ConfiguredModel.IdOf(options),
            Numerics = options.Numerics,
            ThreadCount = options.ThreadCount,
            PinThreads = options.PinThreads,
            ContextLength = options.ContextLength,
            KvCacheTokens = options.KvCacheTokens,
            KvCacheType = options.KvCacheType,
            MaxQueuedRequests = options.MaxQueuedRequests,
        };
        engine.MaxConcurrentRequests = options.MaxConcurrentRequests ?? engine.MaxConcurrentRequests;
        return engine;
    }

    /// <summary>Ends what reports to it. Loading a checkpoint has no other place to stop.</summary>
    private sealed class InterruptibleProgress(IProgress<LoadProgress> progress, CancellationToken cancellationToken) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Report(value);
        }
    }

    [LoggerMessage(
        EventId = 1,
        Level = LogLevel.Warning,
        Message = "No model is configured, so the pocket model answers. It is for demonstrations only. Set {ModelKey} to the directory of an NVFP4 checkpoint of Llama 3.1.")]
    private static partial void LogPocketModel(ILogger logger, string modelKey);
}

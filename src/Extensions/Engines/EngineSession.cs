using LlamaFp4.Native.Cpu;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Engines;

/// <summary>Opens the session that options ask for, on the engine they ask for.</summary>
internal static partial class EngineSession
{
    /// <param name="options">What to run, where and how.</param>
    /// <param name="machine">Looks at this machine.</param>
    /// <param name="progress">Told as loading goes on.</param>
    /// <param name="loggers">Where sessions and servers log.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    public static Task<OpenedSession> OpenAsync(
        LlamaFp4Options options, Func<Machine> machine, IProgress<LoadProgress> progress, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger(typeof(LlamaFp4Options).Namespace!);
        var choice = EngineChoice.Of(options, machine);
        var model = ConfiguredModel.TitleOf(options);
        LogChoice(logger, model, choice.Place, choice.Reason);
        if (ConfiguredModel.DirectoryOf(options) is { } directory && ChatTemplateFingerprint.Identify(directory) == ChatTemplateOrigin.Foreign)
        {
            LogForeignTemplate(logger, directory);
        }

        return choice.Place switch
        {
            EnginePlace.Endpoints => RemoteEngine.ConnectAsync(options, progress, loggers, cancellationToken),
            EnginePlace.LocalServer => RemoteEngine.StartAsync(options, choice.Gpus, progress, loggers, cancellationToken),
            _ => Task.FromResult(new OpenedSession(EmbeddedEngine.Load(options, progress, logger, cancellationToken))),
        };
    }

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Warning,
        Message = "The chat template in {Directory} is not the one of Llama 3.1 Instruct, but prompts are written in that format. The model may answer badly.")]
    private static partial void LogForeignTemplate(ILogger logger, string directory);

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "Running {Model} on {Place}, because {Reason}")]
    private static partial void LogChoice(ILogger logger, string model, EnginePlace place, string reason);
}

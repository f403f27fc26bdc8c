using LlamaFp4.Native.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Extensions.Loading;

/// <summary>The sessions of a container, one for each set of settings. Disposes them with the container.</summary>
internal sealed class SharedSessions(IServiceProvider services) : IDisposable, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionSettings, SharedSession> _sessions = [];
    private readonly IProgress<LoadProgress>? _listener = services.GetService<IProgress<LoadProgress>>();
    private readonly TimeProvider _clock = services.GetService<TimeProvider>() ?? TimeProvider.System;

    /// <summary>Where loading is logged.</summary>
    public ILogger Logger { get; } =
        (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(typeof(LlamaFp4Options).Namespace!);

    public SharedSession Get(LlamaFp4Options options)
    {
        var settings = SessionSettings.Of(options);
        lock (_lock)
        {
            if (!_sessions.TryGetValue(settings, out var session))
            {
                var modelKey = options.KeyOf(nameof(options.Model));
                session = new SharedSession(
                    settings.ModelName,
                    settings.ModelId,
                    (progress, _) => Task.FromResult(CheckpointSession.Load(settings, modelKey, progress, Logger)),
                    _listener,
                    Logger,
                    _clock);
                _sessions.Add(settings, session);
            }

            return session;
        }
    }

    public void Dispose()
    {
        foreach (var session in _sessions.Values)
        {
            session.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions.Values)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}

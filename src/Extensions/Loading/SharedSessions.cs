using LlamaFp4.Extensions.Engines;
using LlamaFp4.Native.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Extensions.Loading;

/// <summary>The sessions of a container, one for each set of settings. Disposes them with the container.</summary>
internal sealed class SharedSessions(IServiceProvider services) : IDisposable, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionIdentity, SharedSession> _sessions = [];
    private readonly IProgress<LoadProgress>? _listener = services.GetService<IProgress<LoadProgress>>();
    private readonly TimeProvider _clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly ILoggerFactory _loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;

    // Tests register a machine of their own.
    private readonly Func<Machine> _machine = services.GetService<Machine>() is { } machine ? () => machine : Machine.Look;

    public SharedSession Get(LlamaFp4Options options)
    {
        var identity = SessionIdentity.Of(options);
        lock (_lock)
        {
            if (!_sessions.TryGetValue(identity, out var session))
            {
                session = new SharedSession(
                    ConfiguredModel.TitleOf(options),
                    ConfiguredModel.IdOf(options),
                    (progress, cancellationToken) => EngineSession.OpenAsync(options, _machine, progress, _loggers, cancellationToken),
                    _listener,
                    _loggers.CreateLogger(typeof(LlamaFp4Options).Namespace!),
                    _clock);
                _sessions.Add(identity, session);
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

using System.Collections.Concurrent;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Provider;

/// <content>What is ignored or cannot be enforced is said once for each client and subject.</content>
public sealed partial class LlamaFp4ChatClient
{
    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.Ordinal);

    private void LogIgnored(string option, string reason)
    {
        if (_logger.IsEnabled(LogLevel.Debug) && _logged.TryAdd(option, true))
        {
            LogOptionIgnored(option, reason);
        }
    }

    private void LogNotEnforced(SessionFeatures feature)
    {
        if (_logged.TryAdd(feature.ToString(), true))
        {
            LogResponseFormatNotEnforced(_session.Model.EngineName, feature);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "{Option} is ignored: {Reason}")]
    private partial void LogOptionIgnored(string option, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The response format is told to the model but not enforced, and the answer is not checked: engine {Engine} lacks {Feature}")]
    private partial void LogResponseFormatNotEnforced(string engine, SessionFeatures feature);
}

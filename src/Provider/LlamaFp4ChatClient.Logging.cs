using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Provider;

/// <content>
/// What is logged: requests and answers in figures, and in words only where that is allowed; what is ignored or cannot be enforced, once for each
/// client and subject.
/// </content>
public sealed partial class LlamaFp4ChatClient
{
    private readonly ConcurrentDictionary<string, bool> _logged = new(StringComparer.Ordinal);

    private void LogRequest(PreparedRequest request, string responseId)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            LogPromptLength(responseId, request.Generation.PromptTokenIds.Length, request.Tools.Count);
        }

        if (_options.EnableSensitiveData)
        {
            LogTokensSensitive(responseId, "prompt", request.Generation.PromptTokenIds.Span);
        }
    }

    private void LogAnswer(string responseId, ChatFinishReason reason, UsageDetails usage, List<int> tokenIds)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            LogAnswerLength(responseId, reason, usage.OutputTokenCount, usage.InputTokenCount, usage.CachedInputTokenCount);
        }

        if (_options.EnableSensitiveData)
        {
            LogTokensSensitive(responseId, "answer", CollectionsMarshal.AsSpan(tokenIds));
        }
    }

    private void LogTokensSensitive(string responseId, string part, ReadOnlySpan<int> tokenIds)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            var text = _session.Tokenizer.Decode(tokenIds, keepSpecialTokens: true);
            LogTextSensitive(responseId, part, text);
        }
    }

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

    [LoggerMessage(EventId = 3, Level = LogLevel.Debug, Message = "{ResponseId}: a prompt of {PromptTokens} tokens, with {Tools} tools")]
    private partial void LogPromptLength(string responseId, int promptTokens, int tools);

    [LoggerMessage(EventId = 4, Level = LogLevel.Debug, Message = "{ResponseId}: ended by {FinishReason} after {OutputTokens} tokens; the prompt had {InputTokens}, of which {CachedTokens} were cached")]
    private partial void LogAnswerLength(string responseId, ChatFinishReason finishReason, long? outputTokens, long? inputTokens, long? cachedTokens);

    [LoggerMessage(EventId = 5, Level = LogLevel.Trace, Message = "{ResponseId}: {Part} {Text}")]
    private partial void LogTextSensitive(string responseId, string part, string text);
}

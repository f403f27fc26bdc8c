using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlamaFp4.Extensions.Chat;

/// <summary>Says once that tool calls are returned and nothing in the registered pipeline runs them: the usual mistake of beginners.</summary>
internal sealed partial class ToolInvocationHint(IServiceProvider services, object? clientKey, ILoggerFactory? loggers)
{
    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger(typeof(LlamaFp4Options).Namespace!);
    private int _isSettled;

    /// <summary>Looks at how an answer ended.</summary>
    public void Consider(ChatFinishReason? finishReason)
    {
        if (finishReason == ChatFinishReason.ToolCalls && Interlocked.Exchange(ref _isSettled, 1) == 0 && !RunsTools())
        {
            LogNothingRunsTools();
        }
    }

    /// <summary>Looks at how a stream ends, if calls can come out of it.</summary>
    public IAsyncEnumerable<ChatResponseUpdate> Watch(IAsyncEnumerable<ChatResponseUpdate> updates, ChatOptions? options) =>
        options?.Tools is { Count: > 0 } && Volatile.Read(ref _isSettled) == 0 ? WatchAsync(updates) : updates;

    private async IAsyncEnumerable<ChatResponseUpdate> WatchAsync(
        IAsyncEnumerable<ChatResponseUpdate> updates, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in updates.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            Consider(update.FinishReason);
            yield return update;
        }
    }

    private bool RunsTools()
    {
        try
        {
            var registered = clientKey is null ? services.GetService<IChatClient>() : services.GetKeyedService<IChatClient>(clientKey);
            return registered?.GetService<FunctionInvokingChatClient>() is not null;
        }
        catch (ObjectDisposedException)
        {
            return true; // The container is going: no time for hints.
        }
    }

    [LoggerMessage(
        EventId = 6,
        Level = LogLevel.Information,
        Message = "The model has called tools, but nothing in the registered chat client runs them. Chain UseFunctionInvocation() to the registration, unless your code runs tools itself.")]
    private partial void LogNothingRunsTools();
}

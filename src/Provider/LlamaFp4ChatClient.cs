using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Provider;

/// <summary>A chat client over a token session.</summary>
public sealed class LlamaFp4ChatClient : IChatClient
{
    /// <summary>Creates a client. It does not own the session.</summary>
    public LlamaFp4ChatClient(ITokenSession session, LlamaFp4ChatClientOptions? options = null, ILoggerFactory? loggerFactory = null) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

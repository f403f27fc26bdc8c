using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;

namespace Microsoft.Extensions.AI;

/// <summary>Makes chat clients of token sessions.</summary>
public static class LlamaFp4ChatClientExtensions
{
    /// <summary>A chat client over a session.</summary>
    /// <param name="session">The engine. It stays the caller's: disposing the client does not dispose it.</param>
    /// <param name="options">Defaults of the client; a request's own options win.</param>
    /// <returns>A thread-safe client that keeps no conversation.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="session"/> is <see langword="null"/>.</exception>
    public static IChatClient AsIChatClient(this ITokenSession session, LlamaFp4ChatClientOptions? options = null) =>
        new LlamaFp4ChatClient(session, options);
}

using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Extensions.Loading;

/// <summary>What the container hands out as session: can be had before the model is loaded, and requests wait for it.</summary>
internal sealed class DeferredSession(SharedSession session, TimeSpan readyTimeout, string readyTimeoutKey) : ITokenSession
{
    public SharedSession Session => session;

    public ModelInfo Model => Opened.Model;

    public LlamaTokenizer Tokenizer => Opened.Tokenizer;

    public SessionHealth Health => session.Health;

    private ITokenSession Opened => session.Ready ?? throw new SessionUnavailableException(
        $"{session.Status.TrimEnd('.')}. A request waits until the model is loaded, and so does LoadLlamaFp4Async of the service provider.");

    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return session.Ready is { } ready ? ready.GenerateAsync(request, cancellationToken) : WaitAndGenerateAsync(request, cancellationToken);
    }

    /// <summary>Does nothing: the container disposes the session behind it.</summary>
    public void Dispose()
    {
    }

    private async IAsyncEnumerable<TokenDelta> WaitAndGenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ready = await session.WaitAsync(readyTimeout, readyTimeoutKey, cancellationToken).ConfigureAwait(false);
        await foreach (var delta in ready.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return delta;
        }
    }
}

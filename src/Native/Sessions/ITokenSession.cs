using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Sessions;

/// <summary>An engine that continues token ids with token ids: the one seam between chat and inference.</summary>
/// <remarks>
/// <para>Thread-safety: every member may be called concurrently; one session serves many requests at once.</para>
/// <para>Ownership: whoever creates a session disposes it. Disposing ends running requests with
/// <see cref="ObjectDisposedException"/>; disposing twice is harmless.</para>
/// <para>A session keeps no conversation. Reuse of a common prefix is its own business and shows only in
/// <see cref="TokenUsage.CachedPromptTokens"/>.</para>
/// </remarks>
public interface ITokenSession : IDisposable
{
    /// <summary>What is being run, and what it can do.</summary>
    ModelInfo Model { get; }

    /// <summary>The vocabulary whose ids this session takes and returns.</summary>
    LlamaTokenizer Tokenizer { get; }

    /// <summary>How the engine is doing now: told from what is known, without waiting for anything.</summary>
    SessionHealth Health => SessionHealth.Good;

    /// <summary>Continues a prompt.</summary>
    /// <param name="request">Prompt, limits, sampling and guide. Read completely before the call returns.</param>
    /// <param name="cancellationToken">Frees the request in the engine within one step.</param>
    /// <returns>
    /// The new tokens in order; the last delta carries <see cref="TokenDelta.FinishReason"/> and <see cref="TokenDelta.Usage"/>.
    /// Leaving the enumeration early aborts the request in the engine.
    /// </returns>
    /// <exception cref="ArgumentException">The request is malformed: thrown at the call.</exception>
    /// <exception cref="ContextLengthExceededException">Prompt and requested tokens do not fit: thrown at the call.</exception>
    /// <exception cref="FeatureNotSupportedException">The engine cannot do what the request asks for: thrown at the call.</exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled, before the call or while enumerating; carries the token that was cancelled.
    /// </exception>
    /// <exception cref="SessionOverloadedException">The queue is full: thrown by the enumeration's first move.</exception>
    /// <exception cref="LlamaFp4Exception">The engine failed; the subclass says how.</exception>
    /// <exception cref="ObjectDisposedException">The session has been disposed.</exception>
    IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default);
}

using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Extensions.Tests;

/// <summary>A scripted session that counts how often it is disposed.</summary>
internal sealed class CountedSession : ITokenSession
{
    private readonly ScriptedTokenSession _inner = ScriptedTokenSession.Saying(TinyTokenizer.Create(), "Hello!");

    public int Disposals { get; private set; }

    public ModelInfo Model => _inner.Model;

    public LlamaTokenizer Tokenizer => _inner.Tokenizer;

    public SessionHealth Health { get; init; } = SessionHealth.Good;

    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default) =>
        _inner.GenerateAsync(request, cancellationToken);

    public void Dispose() => Disposals++;
}

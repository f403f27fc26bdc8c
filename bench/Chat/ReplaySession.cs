using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Bench.Chat;

/// <summary>A session without an engine: answers every request with the same tokens, one in each delta, and allocates nothing for a token.</summary>
internal sealed class ReplaySession(LlamaTokenizer tokenizer, int[] answer) : ITokenSession
{
    public ModelInfo Model { get; } = new()
    {
        ModelId = "replay",
        VocabularySize = tokenizer.VocabularySize,
        ContextLength = 131_072,
        StopTokenIds = [tokenizer.SpecialTokens.EndOfTurn],
        EngineName = "replay",
        EngineVersion = "1.0",
        Device = "memory",
    };

    public LlamaTokenizer Tokenizer => tokenizer;

    public async IAsyncEnumerable<TokenDelta> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Never waits: what is measured is the work for a token, not the time between two.
        await Task.CompletedTask;
        for (var i = 0; i < answer.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new TokenDelta { TokenIds = answer.AsMemory(i, 1) };
        }

        yield return new TokenDelta
        {
            FinishReason = FinishReason.Stop,
            StopTokenId = tokenizer.SpecialTokens.EndOfTurn,
            Usage = new TokenUsage { PromptTokens = request.PromptTokenIds.Length, CompletionTokens = answer.Length + 1 },
        };
    }

    public void Dispose()
    {
    }
}

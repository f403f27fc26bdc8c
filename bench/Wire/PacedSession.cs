using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Bench.Wire;

/// <summary>An engine that says the time at each of its steps, in two tokens.</summary>
internal sealed class PacedSession(LlamaTokenizer tokenizer, ModelInfo model) : ITokenSession
{
    private readonly EngineSteps _steps = new();

    public ModelInfo Model => model;

    public LlamaTokenizer Tokenizer => tokenizer;

    public async IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var tokens = request.MaxNewTokens!.Value;
        for (var sent = 0; sent + 1 < tokens; sent += 2)
        {
            await _steps.NextAsync(cancellationToken);
            yield return new TokenDelta { TokenIds = TimedToken.ToIds(TimedToken.Now) };
        }

        if (tokens % 2 == 1)
        {
            yield return new TokenDelta { TokenIds = TimedToken.ToIds(0).AsMemory(0, 1) };
        }

        yield return new TokenDelta
        {
            FinishReason = FinishReason.Length,
            Usage = new TokenUsage { PromptTokens = request.PromptTokenIds.Length, CompletionTokens = tokens },
        };
    }

    public void Dispose() => _steps.Dispose();
}

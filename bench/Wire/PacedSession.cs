using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Bench.Wire;

/// <summary>An engine that says the time, twenty times a second.</summary>
internal sealed class PacedSession(LlamaTokenizer tokenizer, ModelInfo model) : ITokenSession
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public ModelInfo Model => model;

    public LlamaTokenizer Tokenizer => tokenizer;

    public async IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var tokens = request.MaxNewTokens!.Value;
        for (var sent = 0; sent + 1 < tokens; sent += 2)
        {
            await Task.Delay(Pause, cancellationToken);
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

    public void Dispose()
    {
    }
}

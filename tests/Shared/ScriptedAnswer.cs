using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Tests.Shared;

/// <summary>What a <see cref="ScriptedTokenSession"/> plays back for one request.</summary>
public sealed class ScriptedAnswer
{
    private const string PythonTag = "<|python_tag|>";

    /// <summary>The token ids, one array for each delta.</summary>
    public required IReadOnlyList<int[]> Chunks { get; init; }

    public FinishReason FinishReason { get; init; } = FinishReason.Stop;

    public int CachedPromptTokens { get; init; }

    /// <summary>Awaited before each delta, and once more before the last one, which has no tokens. May throw.</summary>
    public Func<int, CancellationToken, Task>? BeforeChunk { get; init; }

    /// <summary>An answer that reads as the text; <c>&lt;|python_tag|&gt;</c> in it stands for the control token.</summary>
    public static ScriptedAnswer Of(
        LlamaTokenizer tokenizer,
        string text,
        int tokensPerChunk = 1,
        FinishReason finishReason = FinishReason.Stop,
        int cachedPromptTokens = 0,
        Func<int, CancellationToken, Task>? beforeChunk = null) => new()
        {
            Chunks = [.. ToTokenIds(tokenizer, text).Chunk(tokensPerChunk)],
            FinishReason = finishReason,
            CachedPromptTokens = cachedPromptTokens,
            BeforeChunk = beforeChunk,
        };

    private static List<int> ToTokenIds(LlamaTokenizer tokenizer, string text)
    {
        List<int> tokenIds = [];
        foreach (var (index, part) in text.Split(PythonTag).Index())
        {
            if (index > 0)
            {
                tokenIds.Add(tokenizer.SpecialTokens.PythonTag);
            }

            tokenizer.Encode(part, tokenIds);
        }

        return tokenIds;
    }
}

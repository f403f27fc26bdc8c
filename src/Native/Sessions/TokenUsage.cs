namespace LlamaFp4.Native.Sessions;

/// <summary>What a request cost, in tokens.</summary>
public sealed class TokenUsage
{
    /// <summary>Length of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens generated, the stop token included.</summary>
    public required int CompletionTokens { get; init; }

    /// <summary>Part of the prompt that was taken from the prefix cache instead of being computed.</summary>
    public int CachedPromptTokens { get; init; }
}

using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentDemo;

/// <summary>Measures one answer: how soon it begins, how fast it comes, how much of the prompt was known already.</summary>
internal sealed class AnswerMeter(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private long? _roundStart;

    /// <summary>From the question to the first word shown, tools included.</summary>
    public TimeSpan? TimeToFirstWord { get; private set; }

    /// <summary>Speed of the last stretch of text, without the time to read the prompt.</summary>
    public double? TokensPerSecond { get; private set; }

    /// <summary>Tokens of all prompts: each tool call needs another round to the model.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>Part of <see cref="PromptTokens"/> that the session had in its cache.</summary>
    public long CachedPromptTokens { get; private set; }

    public void Observe(StreamingChatMessageContent chunk)
    {
        if (!string.IsNullOrEmpty(chunk.Content))
        {
            TimeToFirstWord ??= clock.GetElapsedTime(_start);
            _roundStart ??= clock.GetTimestamp();
        }

        // The last chunk of each round to the model says what the round cost.
        if (chunk.Metadata?.GetValueOrDefault("Usage") is UsageContent { Details: var usage })
        {
            CloseRound(usage);
        }
    }

    private void CloseRound(UsageDetails usage)
    {
        PromptTokens += usage.InputTokenCount ?? 0;
        CachedPromptTokens += usage.CachedInputTokenCount ?? 0;

        // The first token was there when the clock of the round started.
        if (_roundStart is { } roundStart && usage.OutputTokenCount > 1)
        {
            TokensPerSecond = (usage.OutputTokenCount - 1) / clock.GetElapsedTime(roundStart).TotalSeconds;
        }

        _roundStart = null;
    }
}

using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentDemo.Conversations;

/// <summary>Measures one answer: how soon it begins, how fast it comes, how much of the prompt was known already.</summary>
internal sealed class AnswerMeter(TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private long _firstPieceAt;
    private int _firstPieceLength;
    private int _textLength;

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
        if (chunk.Content is { Length: > 0 } piece)
        {
            ObserveText(piece);
        }

        // The last chunk of each round to the model says what the round cost.
        if (chunk.Metadata?.GetValueOrDefault("Usage") is UsageDetails usage)
        {
            CloseRound(usage);
        }
    }

    private void ObserveText(string piece)
    {
        TimeToFirstWord ??= clock.GetElapsedTime(_start);
        if (_textLength == 0)
        {
            _firstPieceAt = clock.GetTimestamp();
            _firstPieceLength = piece.Length;
        }

        _textLength += piece.Length;
    }

    private void CloseRound(UsageDetails usage)
    {
        PromptTokens += usage.InputTokenCount ?? 0;
        CachedPromptTokens += usage.CachedInputTokenCount ?? 0;

        // The first piece may hold many tokens, because text that could still become a tool call is held back: only what came after it was timed.
        if (_textLength > _firstPieceLength && usage.OutputTokenCount is { } outputTokens)
        {
            var timedTokens = outputTokens * (double)(_textLength - _firstPieceLength) / _textLength;
            TokensPerSecond = timedTokens / clock.GetElapsedTime(_firstPieceAt).TotalSeconds;
        }

        _textLength = 0;
    }
}

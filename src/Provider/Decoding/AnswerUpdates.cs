using System.Text;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Decoding;

/// <summary>Packs the contents of one answer into updates that all carry its ids.</summary>
internal sealed class AnswerUpdates(string modelId, DateTimeOffset createdAt)
{
    private readonly string _responseId = $"resp_{Guid.NewGuid():N}";
    private readonly string _messageId = $"msg_{Guid.NewGuid():N}";
    private List<TokenLogProbability>? _logProbabilities;

    public string ResponseId => _responseId;

    /// <summary>The contents of the next update.</summary>
    public List<AIContent> Contents { get; } = [];

    public bool HasContents => Contents.Count > 0;

    /// <summary>All text handed out so far.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>All calls handed out so far.</summary>
    public List<FunctionCallContent> Calls { get; } = [];

    /// <summary>Keeps log probabilities until the next update: the text of their tokens may still be held back.</summary>
    public void Append(IReadOnlyList<TokenLogProbability>? logProbabilities)
    {
        if (logProbabilities is { Count: > 0 })
        {
            (_logProbabilities ??= []).AddRange(logProbabilities);
        }
    }

    public ChatResponseUpdate Take()
    {
        foreach (var content in Contents)
        {
            if (content is TextContent text)
            {
                Text.Append(text.Text);
            }
            else if (content is FunctionCallContent call)
            {
                Calls.Add(call);
            }
        }

        IList<AIContent> contents = Contents is [var only] ? new UpdateContents(only) : [.. Contents];
        ChatResponseUpdate update = new(ChatRole.Assistant, contents)
        {
            ResponseId = _responseId,
            MessageId = _messageId,
            ModelId = modelId,
            CreatedAt = createdAt,
            RawRepresentation = _logProbabilities is null ? null : new LlamaFp4ResponseDetails { LogProbabilities = _logProbabilities },
        };
        Contents.Clear();
        _logProbabilities = null;
        return update;
    }

    public ChatResponseUpdate TakeLast(ChatFinishReason reason, string? stopSequence, int? stopTokenId)
    {
        LlamaFp4ResponseDetails details = new()
        {
            LogProbabilities = _logProbabilities ?? [],
            StopSequence = stopSequence,
            StopTokenId = stopTokenId,
        };
        var update = Take();
        update.FinishReason = reason;
        update.RawRepresentation = details;
        return update;
    }
}

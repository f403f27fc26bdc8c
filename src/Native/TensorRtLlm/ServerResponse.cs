using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Takes what a transport reads, checks that it can be the answer to the request, and hands it to the consumer.</summary>
/// <remarks>
/// <para>Written by one transport's read loop; nothing in it waits for the consumer. Memory is bounded by the request's limit of new tokens.</para>
/// <para>Stop tokens are asked to be kept in the output, since that tells which one ended the generation; they are taken out here.</para>
/// </remarks>
internal sealed class ServerResponse(ServerRequest request, ResponseStream stream, Action? progressed = null, RequestTimeline? timeline = null)
{
    private readonly AnswerTokens _tokens = stream.Tokens;
    private int? _stopTokenId;
    private int _flushed;
    private bool _isFinished;

    /// <summary>How many tokens have come, a stop token included.</summary>
    public int Received => _tokens.Count + (_stopTokenId is null ? 0 : 1);

    /// <summary>Whether the answer has been ended on this side, at a stop token that the server does not heed: the rest is of no interest.</summary>
    public bool IsEndedHere { get; private set; }

    /// <summary>Whether tokens have come, so that the request cannot be sent again.</summary>
    public bool HasBegun => Received > 0 || _isFinished;

    /// <summary>The token that came as number <paramref name="index"/>, a stop token included.</summary>
    public int this[int index] => index < _tokens.Count ? _tokens[index] : _stopTokenId!.Value;

    /// <summary>What comes is the answer to this request, or does not say.</summary>
    /// <exception cref="ServerFailureException">It is the answer to another one.</exception>
    public static void RequireRequest(string requestId, string answeredId)
    {
        if (answeredId.Length > 0 && answeredId != requestId)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"answered another request, '{answeredId}'");
        }
    }

    /// <summary>Log probabilities belong to tokens in order; the last ones may be missing.</summary>
    /// <exception cref="ServerFailureException">There are more of them than tokens.</exception>
    public static void RequireAligned(int tokens, int logProbabilities)
    {
        if (logProbabilities > tokens)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent {logProbabilities} log probabilities with {tokens} tokens");
        }
    }

    /// <summary>The next token. <see cref="Flush"/> shows it to the consumer.</summary>
    /// <exception cref="ServerFailureException">It cannot belong to the answer.</exception>
    public void Append(uint tokenId) => Append(tokenId, null, []);

    /// <summary>The next token with its log probability.</summary>
    /// <param name="tokenId">The token.</param>
    /// <param name="logProbability">Natural logarithm of its probability; null if the server did not tell.</param>
    /// <param name="candidates">All candidates that came with it, in any order.</param>
    /// <exception cref="ServerFailureException">It cannot belong to the answer.</exception>
    public void Append(uint tokenId, float? logProbability, IEnumerable<TokenLogProbability> candidates)
    {
        if (IsEndedHere)
        {
            return;
        }

        RequireOpen();
        if (tokenId >= (uint)request.VocabularySize)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent the token id {tokenId}, but the vocabulary has {request.VocabularySize}");
        }

        if (_stopTokenId is { } stop)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent the token {tokenId} after the stop token {stop}");
        }

        if (_tokens.Count == request.MaxNewTokens)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent more than the {request.MaxNewTokens} tokens it was asked for");
        }

        var id = (int)tokenId;
        if (IsStop(id))
        {
            _stopTokenId = id;
            if (request.EndsHere)
            {
                Finish(FinishReason.Stop, id, default);
                IsEndedHere = true;
            }

            return;
        }

        _tokens.Add(id, request.LogProbabilities is { } count ? Describe(id, logProbability, candidates, count) : null);
    }

    /// <summary>Shows the consumer what has been appended.</summary>
    public void Flush()
    {
        if (Received != _flushed)
        {
            _flushed = Received;
            progressed?.Invoke();
            timeline?.Token();
            stream.Publish();
        }
    }

    /// <summary>The generation has ended as it should.</summary>
    /// <param name="reason">Why, as the server says.</param>
    /// <param name="stopTokenId">The stop token, where the server tells it; it may have been left out of the tokens.</param>
    /// <param name="usage">What the server counted.</param>
    /// <exception cref="ServerFailureException">The counts contradict what has come.</exception>
    public void Finish(FinishReason reason, int? stopTokenId, ServerUsage usage)
    {
        // A final message that is repeated changes nothing.
        if (_isFinished)
        {
            return;
        }

        if (usage.CompletionTokens is { } counted && counted != Received)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"counted {counted} new tokens, but sent {Received}");
        }

        if (usage.PromptTokens < 0 || usage.CachedPromptTokens < 0)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"counted {usage.PromptTokens ?? 0} prompt tokens, {usage.CachedPromptTokens ?? 0} of them cached");
        }

        _stopTokenId ??= reason == FinishReason.Stop ? stopTokenId : null;
        _isFinished = true;
        var last = new TokenDelta
        {
            FinishReason = _stopTokenId is null ? reason : FinishReason.Stop,
            StopTokenId = _stopTokenId is { } stop && request.StopTokenIds.Contains(stop) ? stop : null,
            Usage = new TokenUsage
            {
                PromptTokens = usage.PromptTokens ?? request.PromptTokenIds.Length,
                CompletionTokens = Received,
                CachedPromptTokens = usage.CachedPromptTokens ?? 0,
            },
        };
        timeline?.Finished(last.FinishReason.Value, last.Usage);
        stream.Finish(last);
    }

    /// <summary>The stream is over; the answer must be too.</summary>
    /// <exception cref="ServerFailureException">It is not.</exception>
    public void RequireFinished()
    {
        if (!_isFinished)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"ended the stream after {Received} tokens without a final message");
        }
    }

    // Few ids: a loop over an array beats hashing.
    private bool IsStop(int tokenId) => request.SentStopTokenIds.AsSpan().Contains(tokenId);

    private void RequireOpen()
    {
        if (_isFinished)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, "went on after the final message");
        }
    }

    // Servers add the chosen token to the best ones where it is not among them.
    private static TokenLogProbability Describe(int tokenId, float? logProbability, IEnumerable<TokenLogProbability> candidates, int count) => new()
    {
        TokenId = tokenId,
        LogProbability = logProbability ?? float.NaN,
        Alternatives = count == 0 ? [] : [.. candidates.OrderByDescending(candidate => candidate.LogProbability).Take(count)],
    };
}

/// <summary>What a server counted; null where it did not tell.</summary>
/// <param name="PromptTokens">Length of the prompt.</param>
/// <param name="CompletionTokens">New tokens, those of the stream.</param>
/// <param name="CachedPromptTokens">Part of the prompt found in the prefix cache.</param>
internal readonly record struct ServerUsage(int? PromptTokens, int? CompletionTokens, int? CachedPromptTokens);

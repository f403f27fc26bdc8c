using Google.Protobuf.Collections;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.Smg;

/// <summary>SMG's messages → our terms: chunks are what is new, the last message is everything once more.</summary>
internal sealed class SmgResponse(string requestId, ServerResponse response)
{
    private readonly SmgMessage _message = new();

    public void Read(ReadOnlySpan<byte> message)
    {
        _message.Read(message);
        if (_message.Full is { } full)
        {
            Read(full);
            return;
        }

        RequireNew(_message.SequenceIndex, _message.TokenIds.Length, _message.CompletionTokens);
        foreach (var tokenId in _message.TokenIds)
        {
            response.Append(tokenId);
        }
    }

    private void Read(GenerateResponse message)
    {
        ServerResponse.RequireRequest(requestId, message.RequestId);
        switch (message.ResponseCase)
        {
            case GenerateResponse.ResponseOneofCase.Chunk:
                Read(message.Chunk);
                break;
            case GenerateResponse.ResponseOneofCase.Complete:
                Read(message.Complete);
                break;
            default:
                throw new ServerFailureException(ServerFailureKind.Protocol, "sent a message that is neither chunk nor end; expected TensorRT-LLM 1.3.0rc14 or newer");
        }
    }

    private void Read(GenerateStreamChunk chunk)
    {
        RequireNew(chunk.SequenceIndex, chunk.TokenIds.Count, chunk.CompletionTokens);
        Append(chunk.TokenIds, chunk.Logprobs, 0);
    }

    private void Read(GenerateComplete complete)
    {
        RequireFirstSequence(complete.SequenceIndex);
        var tokenIds = complete.OutputTokenIds;
        for (var i = 0; i < Math.Min(response.Received, tokenIds.Count); i++)
        {
            if (tokenIds[i] != response[i])
            {
                throw new ServerFailureException(ServerFailureKind.Protocol, $"sent {tokenIds[i]} as token {i} in the last message, but {response[i]} before");
            }
        }

        Append(tokenIds, complete.Logprobs, response.Received);
        if (tokenIds.Count < response.Received)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent {response.Received} tokens, and {tokenIds.Count} in the last message");
        }

        response.Finish(
            ReasonOf(complete.FinishReason),
            complete.MatchedStopCase == GenerateComplete.MatchedStopOneofCase.MatchedTokenId ? (int)complete.MatchedTokenId : null,
            new ServerUsage((int)complete.PromptTokens, (int)complete.CompletionTokens, (int)complete.CachedTokens));
    }

    // A chunk may be empty. One that disagrees with its own count is not what is new: cumulative, or one of several with a gap between.
    private void RequireNew(uint sequence, int count, uint counted)
    {
        RequireFirstSequence(sequence);
        if (count > 0 && counted != response.Received + count)
        {
            throw new ServerFailureException(
                ServerFailureKind.Protocol, $"sent a chunk of {count} tokens after {response.Received} and counted {counted}; expected only new ones");
        }
    }

    private void Append(RepeatedField<uint> tokenIds, RepeatedField<TokenLogprob> logProbabilities, int start)
    {
        ServerResponse.RequireAligned(tokenIds.Count, logProbabilities.Count);
        for (var i = start; i < tokenIds.Count; i++)
        {
            if (i < logProbabilities.Count)
            {
                var entry = logProbabilities[i];
                if (entry.TokenId != tokenIds[i])
                {
                    throw new ServerFailureException(ServerFailureKind.Protocol, $"sent the log probability of token {entry.TokenId} with token {tokenIds[i]}");
                }

                response.Append(tokenIds[i], ProbabilityOf(entry), CandidatesOf(entry));
            }
            else
            {
                response.Append(tokenIds[i]);
            }
        }
    }

    // 0 stands for the probability 1, but also for a chosen token that is not among the candidates.
    private static float? ProbabilityOf(TokenLogprob entry) =>
        entry.Logprob == 0 && entry.TopLogprobs.Count > 0 && entry.TopLogprobs.All(candidate => candidate.TokenId != entry.TokenId) ? null : entry.Logprob;

    private static IEnumerable<TokenLogProbability> CandidatesOf(TokenLogprob entry) => entry.TopLogprobs.Select(candidate => new TokenLogProbability
    {
        TokenId = (int)candidate.TokenId,
        LogProbability = candidate.Logprob,
    });

    private static FinishReason ReasonOf(string reason) => reason switch
    {
        "stop" or "stop_word" => FinishReason.Stop,
        "length" => FinishReason.Length,
        _ => throw ServerFailureException.UnusualEnd(reason),
    };

    // One sequence was asked for.
    private static void RequireFirstSequence(uint index)
    {
        if (index != 0)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent tokens of sequence {index}, which was not asked for");
        }
    }
}

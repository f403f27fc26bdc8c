using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm.OpenEngine;

/// <summary>OpenEngine's events → our terms: tokens as they come, then one end or one error.</summary>
internal sealed class OpenEngineResponse(string requestId, ServerResponse response)
{
    private readonly OpenEngineMessage _message = new();

    public void Read(ReadOnlySpan<byte> message)
    {
        _message.Read(message);
        if (_message.Full is { } full)
        {
            Read(full);
            return;
        }

        RequireFirstOutput(_message.OutputIndex);
        response.Append(_message.TokenId);
    }

    private void Read(GenerateResponse message)
    {
        ServerResponse.RequireRequest(requestId, message.RequestId);
        switch (message.EventCase)
        {
            case GenerateResponse.EventOneofCase.Token:
                Read(message.Token);
                break;
            case GenerateResponse.EventOneofCase.Finished:
                Read(message.Finished, message.Usage);
                break;
            case GenerateResponse.EventOneofCase.Error:
                throw FailureOf(message.Error);
            case GenerateResponse.EventOneofCase.Prompt or GenerateResponse.EventOneofCase.PrefillReady:
                throw new ServerFailureException(ServerFailureKind.Protocol, $"sent the event {message.EventCase}, which was not asked for");
            default:
                // The schema grows by new events; what they say is not for clients that do not know them.
                break;
        }
    }

    private void Read(TokenOutput output)
    {
        RequireFirstOutput(output.OutputIndex);
        foreach (var token in output.Tokens)
        {
            if (token.HasLogprob || token.Candidates.Count > 0)
            {
                response.Append(token.TokenId, token.HasLogprob ? (float)token.Logprob : null, CandidatesOf(token));
            }
            else
            {
                response.Append(token.TokenId);
            }
        }
    }

    private void Read(GenerationFinished finished, Usage? usage)
    {
        RequireFirstOutput(finished.OutputIndex);
        response.Finish(
            ReasonOf(finished),
            finished.StopMatch?.MatchCase switch
            {
                StopMatch.MatchOneofCase.StopTokenId => (int)finished.StopMatch.StopTokenId,
                StopMatch.MatchOneofCase.EosTokenId => (int)finished.StopMatch.EosTokenId,
                _ => null,
            },
            usage is null
                ? default
                : new ServerUsage((int)usage.PromptTokens, (int)usage.CompletionTokens, usage.HasCachedPromptTokens ? (int)usage.CachedPromptTokens : null));
    }

    private static IEnumerable<TokenLogProbability> CandidatesOf(TokenInfo token) => token.Candidates.Select(candidate => new TokenLogProbability
    {
        TokenId = (int)candidate.TokenId,
        LogProbability = (float)candidate.Logprob,
    });

    private static Sessions.FinishReason ReasonOf(GenerationFinished finished) => finished.Reason switch
    {
        FinishReason.Stop => Sessions.FinishReason.Stop,
        FinishReason.Length => Sessions.FinishReason.Length,
        FinishReason.Cancelled => throw new ServerFailureException(ServerFailureKind.Failed, finished.Message.Length > 0 ? $"cancelled the request: {finished.Message}" : "cancelled the request"),
        _ => throw new ServerFailureException(ServerFailureKind.Protocol, $"ended the request with the unknown reason {(int)finished.Reason}"),
    };

    private static ServerFailureException FailureOf(EngineError error) =>
        new(KindOf(error), $"reports {error.Code}: {error.Message}") { IsRetryable = error.Retryable };

    private static ServerFailureKind KindOf(EngineError error) => error.Code switch
    {
        ErrorCode.Overloaded => ServerFailureKind.Overloaded,
        ErrorCode.UnsupportedFeature => ServerFailureKind.NotSupported,
        _ when ContextLengthMessage.Matches(error.Message) => ServerFailureKind.ContextLength,
        ErrorCode.InvalidArgument or ErrorCode.ModelNotFound or ErrorCode.RoleMismatch or ErrorCode.DuplicateRequest => ServerFailureKind.Rejected,
        _ => ServerFailureKind.Failed,
    };

    // One output was asked for.
    private static void RequireFirstOutput(uint index)
    {
        if (index != 0)
        {
            throw new ServerFailureException(ServerFailureKind.Protocol, $"sent output {index}, which was not asked for");
        }
    }
}

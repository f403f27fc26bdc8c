using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns;

/// <summary>Runs a request on the engine behind a stand-in and cuts the answer into messages.</summary>
internal sealed class StandInGeneration(ITokenSession engine, StandInBehaviour behaviour)
{
    /// <summary>Starts the request. What the engine cannot do is refused here, before anything has been sent; that the prompt is too long turns out later.</summary>
    public IAsyncEnumerable<StandInStep> RunAsync(StandInRequest record, GenerationRequest request, bool keepsStop, CancellationToken cancellationToken) =>
        CutAsync(record, request, TooLong(request) ?? engine.GenerateAsync(request, cancellationToken), keepsStop, cancellationToken);

    private async IAsyncEnumerable<StandInStep> CutAsync(
        StandInRequest record, GenerationRequest request, IAsyncEnumerable<TokenDelta> deltas, bool keepsStop, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<int> tokenIds = [];
        List<TokenLogProbability> logProbabilities = [];
        TokenDelta? end = null;
        await foreach (var delta in deltas.WithCancellation(cancellationToken))
        {
            tokenIds.AddRange(delta.TokenIds.Span);
            logProbabilities.AddRange(delta.LogProbabilities ?? []);
            if (delta.FinishReason is not null)
            {
                end = delta;
                if (delta.StopTokenId is { } stop && keepsStop && !behaviour.TrimsStopTokens)
                {
                    tokenIds.Add(stop);
                    logProbabilities.AddRange(request.LogProbabilities is null ? [] : [new TokenLogProbability { TokenId = stop, LogProbability = -0.25f }]);
                }
            }

            while (tokenIds.Count >= behaviour.TokensPerMessage || (end is not null && tokenIds.Count > 0))
            {
                var count = Math.Min(behaviour.TokensPerMessage, tokenIds.Count);
                await BeforeMessageAsync(record, cancellationToken);
                yield return new StandInStep(tokenIds.GetRange(0, count), request.LogProbabilities is null ? [] : logProbabilities.GetRange(0, count), null);
                record.CountSent(count);
                tokenIds.RemoveRange(0, count);
                if (request.LogProbabilities is not null)
                {
                    logProbabilities.RemoveRange(0, count);
                }
            }
        }

        await BeforeMessageAsync(record, cancellationToken);
        yield return new StandInStep([], [], end);
    }

    // In TensorRT-LLM's words: no wire has a code for it, and an engine of ours says it otherwise. Its worker finds it out, so the stream has begun.
    private IAsyncEnumerable<TokenDelta>? TooLong(GenerationRequest request)
    {
        var room = engine.Model.ContextLength - request.PromptTokenIds.Length;
        return room > 0 ? null : AsyncEnumerable.Repeat(room, 1).Select(TokenDelta (_) => throw new GenerationFailedException(
            $"`default_max_tokens` ({room}) must be greater than 0, `default_max_tokens` ({room}) = max_seq_len ({engine.Model.ContextLength}) - `splited_prompt_len` ({request.PromptTokenIds.Length})"));
    }

    private async Task BeforeMessageAsync(StandInRequest record, CancellationToken cancellationToken)
    {
        if (behaviour.BeforeMessage is { } wait)
        {
            await wait(record.Sent, cancellationToken);
        }

        if (behaviour.BreaksAfter <= record.Sent)
        {
            throw new StandInBreakException();
        }
    }
}

using System.Diagnostics;
using LlamaFp4.Native.Cpu.KvCache;
using LlamaFp4.Native.Cpu.Model;
using LlamaFp4.Native.Cpu.Sampling;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>Runs generations step by step on what the model can do in one pass: continuous batching with chunked prefill.</summary>
/// <remarks>Used by the scheduler's thread alone.</remarks>
internal sealed class Engine(
    LlamaForward forward, PagedKvCache cache, Sampler sampler, LogProbabilities logProbabilities, EngineLimits limits, SessionTelemetry telemetry, PrefillPace? pace = null)
{
    private readonly List<Generation> _running = [];
    private readonly Stack<Ending> _ended = [];
    private readonly List<Generation> _prompts = [];

    public int RunningCount => _running.Count;

    public bool HasRoom => _running.Count < limits.Concurrent;

    /// <summary>Lets a request begin, or begin again. Returns false if its prompt finds no room in the cache now.</summary>
    public bool TryStart(Generation generation)
    {
        if (!cache.HasRoomFor(generation.Plan.CacheSalt, generation.Tokens.Span))
        {
            return false;
        }

        var sequence = new KvSequence(generation.Plan.CacheSalt, PagedKvCache.PagesFor(limits.ContextLength));
        var isStarted = false;
        try
        {
            var cached = cache.Attach(sequence, generation.Tokens.Span);
            isStarted = cache.TryReserve(sequence, generation.Tokens.Count);
            if (isStarted)
            {
                (generation.Sequence, generation.Computed) = (sequence, cached);
                generation.CachedPromptTokens ??= cached;
                generation.Timeline.Started(generation.Plan.PromptTokenIds.Length, cached);
                RequestQueue.Insert(_running, generation);
            }

            return isStarted;
        }
        finally
        {
            if (!isStarted)
            {
                cache.Discard(sequence);
                sequence.Dispose();
            }
        }
    }

    /// <summary>Lets go of requests that nobody waits for any more.</summary>
    public void ReleaseAborted()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].IsAborted)
            {
                Release(_running[i]);
                _running.RemoveAt(i);
            }
        }
    }

    /// <summary>Gives every running request room for its next token; those for which there is none are handed back, the last in order first.</summary>
    public void MakeRoom(Action<Generation> preempt)
    {
        for (var i = 0; i < _running.Count; i++)
        {
            while (!cache.TryReserve(_running[i].Sequence!, _running[i].Tokens.Count))
            {
                var last = _running[^1];
                _running.RemoveAt(_running.Count - 1);
                Release(last);
                preempt(last);
                telemetry.Add(Instruments.Preemptions);
                if (i == _running.Count)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Computes one step and gives its tokens to those who wait for them.</summary>
    /// <param name="leaving">Told of each request that ends, before its consumer is: who then asks for another finds its place free.</param>
    public void Step(Action<Generation> leaving)
    {
        var start = Stopwatch.GetTimestamp();
        var (requests, generating) = Schedule();
        forward.Run();
        SampleAndDeliver();
        var elapsed = Stopwatch.GetElapsedTime(start);
        pace?.Observe(generating, forward.Batch.Count - generating, elapsed.TotalSeconds);
        telemetry.OnStep(requests, forward.Batch.Count, elapsed);
        DeliverEndings(leaving);
    }

    /// <summary>Ends everything that runs with an exception.</summary>
    public void FailAll(Func<Exception> failure, Action<Generation> leaving)
    {
        DeliverEndings(leaving);
        foreach (var generation in _running)
        {
            cache.Discard(generation.Sequence!);
            generation.Sequence!.Dispose();
            leaving(generation);
            generation.Stream.Fail(failure());
        }

        _running.Clear();
    }

    // Returns how many requests take part, and how many of them generate. Those come first, one token each. Half of what is left goes to
    // prompts in order, so that none starves; the rest to the shortest among equals, so that a short one does not wait for long ones.
    private (int Requests, int Generating) Schedule()
    {
        forward.Batch.Clear();
        _prompts.Clear();
        foreach (var generation in _running)
        {
            generation.Scheduled = generation.Pending == 1 ? 1 : 0;
            if (generation.Pending > 1)
            {
                _prompts.Add(generation);
            }
        }

        var generating = _running.Count - _prompts.Count;
        var budget = pace?.Tokens(generating) ?? limits.PrefillTokens;
        var inOrder = (budget + 1) / 2;
        var shortestFirst = budget - inOrder + SchedulePrompts(inOrder);
        _prompts.Sort(CompareByLength);
        SchedulePrompts(shortestFirst);
        var requests = 0;
        foreach (var generation in _running)
        {
            AddScheduled(generation);
            requests += generation.Scheduled > 0 ? 1 : 0;
        }

        return (requests, generating);
    }

    private static int CompareByLength(Generation one, Generation other) =>
        one.Plan.Priority != other.Plan.Priority ? other.Plan.Priority.CompareTo(one.Plan.Priority)
        : one.Pending != other.Pending ? one.Pending.CompareTo(other.Pending)
        : one.Arrival.CompareTo(other.Arrival);

    private int SchedulePrompts(int budget)
    {
        foreach (var generation in _prompts)
        {
            var count = int.Min(generation.Pending - generation.Scheduled, budget);
            generation.Scheduled += count;
            budget -= count;
        }

        return budget;
    }

    private unsafe void AddScheduled(Generation generation)
    {
        for (var position = generation.Computed; position < generation.Computed + generation.Scheduled; position++)
        {
            forward.Batch.Add(generation.Tokens[position], position, generation.Sequence!.Table);
        }

        generation.LogitsIndex = generation.Scheduled == generation.Pending ? forward.Batch.WantLogits() : null;
    }

    private void SampleAndDeliver()
    {
        foreach (var generation in _running)
        {
            generation.Computed += generation.Scheduled;
            cache.Publish(generation.Sequence!, generation.ComputedTokens);
            if (generation.LogitsIndex is not { } index)
            {
                continue;
            }

            try
            {
                Deliver(generation, forward.Logits(index));
            }
            catch (Exception exception)
            {
                // Whatever it is, it is this request's own: bias, penalties, guide or log probabilities.
                End(generation, new GenerationFailedException($"No token could be chosen: {exception.Message}", exception));
            }
        }
    }

    private void Deliver(Generation generation, ReadOnlySpan<float> logits)
    {
        var tokenId = sampler.Next(logits, generation.Sampling);
        generation.Timeline.Token();
        if (generation.Plan.StopTokenIds.Contains(tokenId))
        {
            End(generation, FinishReason.Stop, tokenId);
            return;
        }

        generation.Tokens.Add(tokenId);
        generation.Stream.Publish(
            generation.Plan.LogProbabilities is { } alternatives ? logProbabilities.Of(logits, tokenId, alternatives) : null);
        if (generation.Plan.StopTokenIds.Count == 0 && generation.Sampling.Guide is { IsFinished: true })
        {
            End(generation, FinishReason.Stop, stopTokenId: null);
        }
        else if (generation.Generated == generation.Plan.MaxNewTokens)
        {
            End(generation, FinishReason.Length, stopTokenId: null);
        }
    }

    private void End(Generation generation, FinishReason reason, int? stopTokenId) =>
        _ended.Push(new Ending(generation, () => generation.Stream.Finish(reason, stopTokenId)));

    private void End(Generation generation, Exception failure) =>
        _ended.Push(new Ending(generation, () => generation.Stream.Fail(failure)));

    private void DeliverEndings(Action<Generation> leaving)
    {
        while (_ended.TryPop(out var ending))
        {
            Release(ending.Generation);
            _running.Remove(ending.Generation);
            leaving(ending.Generation);
            ending.Deliver();
        }
    }

    private void Release(Generation generation)
    {
        cache.Release(generation.Sequence!, generation.ComputedTokens);
        generation.Sequence!.Dispose();
        generation.Sequence = null;
    }

    private readonly record struct Ending(Generation Generation, Action Deliver);
}

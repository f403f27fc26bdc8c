using System.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Telemetry;

/// <summary>The stations of one request: measures what lies between them and, if somebody traces, makes spans of it.</summary>
/// <remarks>Stations are passed in the order of the methods, some perhaps never; the end may come from any thread and counts once.</remarks>
internal sealed class RequestTimeline(SessionTelemetry telemetry)
{
    private Activity? _activity;
    private long _submitted;
    private long _started;
    private long _firstToken;
    private bool _toldCache;
    private int _hasEnded;

    // What an engine does not tell is part of what follows it.
    private long PrefillBegin => _started == 0 ? _submitted : _started;

    /// <summary>The consumer wants tokens; its current activity becomes the parent.</summary>
    public void Submitted()
    {
        _submitted = Stopwatch.GetTimestamp();
        var current = Activity.Current;
        _activity = Instruments.Source.StartActivity("llamafp4.generate");
        if (_activity is not null)
        {
            _activity.SetTag(telemetry.Model.Key, telemetry.Model.Value);
            _activity.SetTag(telemetry.Engine.Key, telemetry.Engine.Value);

            // It spans several moves of the consumer, who must not find it current after the first.
            Activity.Current = current;
        }
    }

    /// <summary>What this asynchronous method calls from now on is part of the request's span.</summary>
    public void MakeCurrent() => Activity.Current = _activity ?? Activity.Current;

    /// <summary>The engine computes it now, or a server has it. Starting again, after having been set back or failed, does not count.</summary>
    /// <param name="promptTokens">Length of the prompt.</param>
    /// <param name="cachedTokens">Part of it found in the prefix cache; null if only the end will tell.</param>
    public void Started(int promptTokens, int? cachedTokens)
    {
        if (_started != 0)
        {
            return;
        }

        _started = Stopwatch.GetTimestamp();
        telemetry.Record(Instruments.QueueDuration, Seconds(_submitted, _started));
        telemetry.Add(Instruments.PromptTokens, promptTokens);
        TellCache(cachedTokens);
    }

    /// <summary>A token of the answer has been chosen; only the first counts.</summary>
    public void Token()
    {
        if (_firstToken == 0)
        {
            _firstToken = Stopwatch.GetTimestamp();
            telemetry.Record(Instruments.PrefillDuration, Seconds(PrefillBegin, _firstToken));
        }
    }

    public void Finished(FinishReason reason, TokenUsage usage)
    {
        TellCache(usage.CachedPromptTokens);
        if (usage.CompletionTokens > 0)
        {
            // A server may have sent all of them with the end.
            Token();
        }

        End(RequestOutcome.Of(reason), usage.PromptTokens, usage.CompletionTokens, null);
    }

    public void Failed(Exception failure, int promptTokens, int completionTokens) =>
        End(RequestOutcome.Of(failure), promptTokens, completionTokens, failure);

    /// <summary>The consumer has left.</summary>
    public void Left(int promptTokens, int completionTokens) => End(RequestOutcome.Cancelled, promptTokens, completionTokens, null);

    private void TellCache(int? cachedTokens)
    {
        if (cachedTokens is { } count && !_toldCache)
        {
            _toldCache = true;
            telemetry.Add(Instruments.PrefixCacheHitTokens, count);
            _activity?.SetTag("llamafp4.prefix_cache.hit_tokens", count);
        }
    }

    private void End(string outcome, int promptTokens, int completionTokens, Exception? failure)
    {
        if (_submitted == 0 || Interlocked.Exchange(ref _hasEnded, 1) != 0)
        {
            return;
        }

        var ended = Stopwatch.GetTimestamp();
        Instruments.Requests.Add(1, telemetry.Model, telemetry.Engine, new("llamafp4.outcome", outcome));
        telemetry.Add(Instruments.CompletionTokens, completionTokens);
        if (_firstToken != 0)
        {
            var seconds = Seconds(_firstToken, ended);
            telemetry.Record(Instruments.DecodeDuration, seconds);
            if (completionTokens > 1 && seconds > 0)
            {
                telemetry.Record(Instruments.DecodeRate, (completionTokens - 1) / seconds);
            }
        }

        if (_activity is not null)
        {
            Trace(_activity, outcome, promptTokens, completionTokens, failure, ended);
        }
    }

    private void Trace(Activity activity, string outcome, int promptTokens, int completionTokens, Exception? failure, long ended)
    {
        activity.SetTag("llamafp4.outcome", outcome);
        activity.SetTag("gen_ai.usage.input_tokens", promptTokens);
        activity.SetTag("gen_ai.usage.output_tokens", completionTokens);
        if (failure is not null and not OperationCanceledException)
        {
            activity.SetTag("error.type", failure.GetType().FullName);
            activity.SetStatus(ActivityStatusCode.Error, failure.Message);
        }

        // Whoever ends a request has an activity of its own, or none; it must find it again.
        var current = Activity.Current;
        Phase(activity, "llamafp4.queue", _submitted, _started != 0 ? _started : _firstToken != 0 ? _submitted : ended);
        Phase(activity, "llamafp4.prefill", _firstToken != 0 ? PrefillBegin : _started, _firstToken != 0 ? _firstToken : ended);
        Phase(activity, "llamafp4.decode", _firstToken, ended);
        activity.SetEndTime(TimeOf(activity, ended));
        activity.Stop();
        if (current != activity)
        {
            Activity.Current = current;
        }
    }

    private void Phase(Activity parent, string name, long from, long to)
    {
        if (from != 0 && Instruments.Source.StartActivity(ActivityKind.Internal, parent.Context, startTime: TimeOf(parent, from), name: name) is { } phase)
        {
            phase.SetEndTime(TimeOf(parent, to));
            phase.Stop();
        }
    }

    private DateTime TimeOf(Activity activity, long timestamp) => activity.StartTimeUtc + Stopwatch.GetElapsedTime(_submitted, timestamp);

    private static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;
}

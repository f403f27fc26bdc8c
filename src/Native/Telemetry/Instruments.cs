using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlamaFp4.Native.Telemetry;

/// <summary>The meter, its instruments, and the source of spans: one set for all sessions of the process.</summary>
/// <remarks>Names and units as OpenTelemetry writes them: durations in seconds, counted things in braces.</remarks>
internal static class Instruments
{
    public static readonly ActivitySource Source = new(LlamaFp4Telemetry.ActivitySourceName);

    public static readonly Meter Meter = new(LlamaFp4Telemetry.MeterName);

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250],
    };

    private static readonly InstrumentAdvice<double> TokensPerSecond = new()
    {
        HistogramBucketBoundaries = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
    };

    private static readonly InstrumentAdvice<int> Powers = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    };

    public static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "llamafp4.requests", "{request}", "Requests that have ended, by outcome.");

    public static readonly Histogram<double> QueueDuration = Meter.CreateHistogram(
        "llamafp4.queue.duration", "s", "Time from submission until the engine first starts the request.", advice: Seconds);

    public static readonly Histogram<double> PrefillDuration = Meter.CreateHistogram(
        "llamafp4.prefill.duration", "s", "Time from the start until the first token of the answer.", advice: Seconds);

    public static readonly Histogram<double> DecodeDuration = Meter.CreateHistogram(
        "llamafp4.decode.duration", "s", "Time from the first token of the answer to the end of the request.", advice: Seconds);

    public static readonly Histogram<double> DecodeRate = Meter.CreateHistogram(
        "llamafp4.decode.rate", "{token}/s", "Tokens after the first, per second of decoding, of one request.", advice: TokensPerSecond);

    public static readonly Counter<long> PromptTokens = Meter.CreateCounter<long>(
        "llamafp4.prompt.tokens", "{token}", "Prompt tokens of started requests, cached ones included.");

    public static readonly Counter<long> CompletionTokens = Meter.CreateCounter<long>(
        "llamafp4.completion.tokens", "{token}", "Tokens generated, stop tokens included.");

    public static readonly Counter<long> PrefixCacheHitTokens = Meter.CreateCounter<long>(
        "llamafp4.prefix_cache.hit_tokens", "{token}", "Prompt tokens found in the prefix cache instead of being computed.");

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram(
        "llamafp4.batch.size", "{request}", "Requests computed together in one step.", advice: Powers);

    public static readonly Histogram<int> BatchTokens = Meter.CreateHistogram(
        "llamafp4.batch.tokens", "{token}", "Tokens computed together in one step: one for each answer, many for a prompt.", advice: Powers);

    public static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "llamafp4.step.duration", "s", "Time of one step of the engine.", advice: Seconds);

    public static readonly Counter<long> Preemptions = Meter.CreateCounter<long>(
        "llamafp4.preemptions", "{request}", "Requests set back because the KV cache was full.");

    private static readonly ConcurrentDictionary<SessionTelemetry, Func<EngineLoad>> Observed = new();

    static Instruments()
    {
        Meter.CreateObservableUpDownCounter(
            "llamafp4.requests.waiting", () => Read(load => load.Waiting), "{request}", "Requests in the queue.");
        Meter.CreateObservableUpDownCounter(
            "llamafp4.requests.running", () => Read(load => load.Running), "{request}", "Requests being computed.");
        Meter.CreateObservableGauge(
            "llamafp4.kv_cache.usage", () => Read(load => load.KvCacheUsage), "1", "Part of the KV cache that running requests use.");
        Meter.CreateObservableGauge(
            "llamafp4.kv_cache.filled", () => Read(load => load.KvCacheFilled), "1", "Part of the KV cache that holds something: running requests and cached prefixes.");
    }

    public static void Observe(SessionTelemetry session, Func<EngineLoad> read) => Observed[session] = read;

    public static void Forget(SessionTelemetry session) => Observed.TryRemove(session, out _);

    // A reading of each session that knows the value.
    private static IEnumerable<Measurement<T>> Read<T>(Func<EngineLoad, T?> value)
        where T : struct
    {
        foreach (var (session, read) in Observed)
        {
            if (value(read()) is { } reading)
            {
                yield return new Measurement<T>(reading, session.Model, session.Engine);
            }
        }
    }
}

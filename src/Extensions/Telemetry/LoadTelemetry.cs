using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Extensions.Telemetry;

/// <summary>What a host tells of its models beside what their sessions do: how long they took to load, and who waited for them.</summary>
/// <remarks>Under the names of the sessions' own meter and activity source, so that listening to one is listening to both.</remarks>
internal static class LoadTelemetry
{
    private static readonly ActivitySource Source = new(LlamaFp4Telemetry.ActivitySourceName);

    private static readonly Meter Meter = new(LlamaFp4Telemetry.MeterName);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "llamafp4.load.duration",
        "s",
        "Time until a model was loaded, or failed to.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500] });

    private static readonly UpDownCounter<int> Waiting = Meter.CreateUpDownCounter<int>(
        "llamafp4.load.waiting", "{request}", "Requests that wait for a model to be loaded.");

    public static Activity? Begin(string model) => Source.StartActivity("llamafp4.load")?.SetTag("gen_ai.request.model", model);

    /// <summary>A load has ended.</summary>
    /// <param name="activity">Of its beginning.</param>
    /// <param name="model">Its id.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="failure"><see langword="null"/> if the model is loaded.</param>
    public static void End(Activity? activity, string model, TimeSpan duration, Exception? failure)
    {
        TagList tags = [new("gen_ai.request.model", model)];
        if (failure is not null)
        {
            tags.Add("error.type", failure.GetType().FullName);
            activity?.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error, failure.Message);
        }

        Duration.Record(duration.TotalSeconds, tags);
        activity?.Dispose();
    }

    public static void AddWaiting(string model, int change) => Waiting.Add(change, new KeyValuePair<string, object?>("gen_ai.request.model", model));
}

using System.Collections.Concurrent;
using System.Diagnostics;
using LlamaFp4.Native.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlamaFp4.Extensions.Tests.Telemetry;

/// <summary>What OpenTelemetry collects of one test: the spans under its own root, and the metrics of its own model.</summary>
/// <remarks>Sources and meters belong to the process, and other tests run beside this one.</remarks>
internal sealed class Collected : IDisposable
{
    private const string ChatSource = "Experimental.Microsoft.Extensions.AI";

    private readonly EndedSpans _spans = new();
    private readonly List<MetricSnapshot> _metrics = [];
    private readonly TracerProvider _tracing;
    private readonly MeterProvider _metering;
    private readonly ActivitySource _source = new($"test-{Guid.NewGuid()}");
    private readonly Activity _root;

    public Collected()
    {
        _tracing = Sdk.CreateTracerProviderBuilder()
            .AddSource(ChatSource, LlamaFp4Telemetry.ActivitySourceName, _source.Name).AddProcessor(_spans).Build();
        _metering = Sdk.CreateMeterProviderBuilder()
            .AddMeter(ChatSource, LlamaFp4Telemetry.MeterName).AddInMemoryExporter(_metrics).Build();
        _root = _source.StartActivity("test")!;
    }

    /// <summary>The spans that have ended, in order of their begin.</summary>
    public IReadOnlyList<Activity> Spans => [.. _spans.All.Where(span => span.TraceId == _root.TraceId).OrderBy(span => span.StartTimeUtc)];

    public IReadOnlyList<Activity> AllSpans => [.. _spans.All];

    /// <summary>The measurements with a model's tag: sum and count of histograms, value of all others.</summary>
    public IReadOnlyDictionary<string, (double Sum, long Count)> MetricsOf(string model)
    {
        _metering.ForceFlush();
        Dictionary<string, (double Sum, long Count)> values = [];
        foreach (var metric in _metrics)
        {
            foreach (var point in metric.MetricPoints.Where(point => Has(point, model)))
            {
                values[metric.Name] = metric.MetricType switch
                {
                    MetricType.Histogram => (point.GetHistogramSum(), point.GetHistogramCount()),
                    MetricType.LongSum or MetricType.LongSumNonMonotonic => (point.GetSumLong(), 1),
                    MetricType.DoubleGauge => (point.GetGaugeLastValueDouble(), 1),
                    _ => (double.NaN, 1),
                };
            }
        }

        return values;
    }

    public void Dispose()
    {
        _root.Dispose();
        _tracing.Dispose();
        _metering.Dispose();
        _source.Dispose();
    }

    private static bool Has(MetricPoint point, string model)
    {
        foreach (var tag in point.Tags)
        {
            if (tag is { Key: "gen_ai.request.model" or "gen_ai.response.model", Value: string value } && value == model)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Spans end on any thread, also those of tests beside; the in-memory exporter's list cannot be read meanwhile.</summary>
    private sealed class EndedSpans : BaseProcessor<Activity>
    {
        public ConcurrentQueue<Activity> All { get; } = [];

        public override void OnEnd(Activity data) => All.Enqueue(data);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Tests.Telemetry;

/// <summary>Keeps the spans that have ended, and finds those of one model.</summary>
internal sealed class SpanRecorder : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly string _model;

    public SpanRecorder(string model)
    {
        _model = model;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LlamaFp4Telemetry.ActivitySourceName,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity Single(string name) => Assert.Single(All(name));

    public IReadOnlyList<Activity> All(string name) =>
        [.. _ended.Where(span => span.OperationName == name && _model.Equals(span.GetTagItem("gen_ai.request.model")))];

    public IReadOnlyList<Activity> ChildrenOf(Activity parent) =>
        [.. _ended.Where(span => span.ParentSpanId == parent.SpanId).OrderBy(span => span.StartTimeUtc)];

    public void Dispose() => _listener.Dispose();
}

using System.Collections.Concurrent;
using System.Diagnostics;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>Keeps the spans that the client of a wire starts for its calls.</summary>
internal sealed class CallRecorder : IDisposable
{
    private readonly ConcurrentQueue<Activity> _started = new();
    private readonly ActivityListener _listener;

    public CallRecorder(StandInProtocol wire)
    {
        var source = wire == StandInProtocol.Http ? "System.Net.Http" : "Grpc.Net.Client";
        _listener = new ActivityListener
        {
            ShouldListenTo = heard => heard.Name == source,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _started.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public int CountIn(Activity span) => _started.Count(call => call.ParentSpanId == span.SpanId);

    public void Dispose() => _listener.Dispose();
}

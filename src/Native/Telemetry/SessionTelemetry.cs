using System.Diagnostics.Metrics;

namespace LlamaFp4.Native.Telemetry;

/// <summary>What one session tells, under its model's and engine's name.</summary>
/// <remarks>Thread-safe. Observed until it is disposed.</remarks>
internal sealed class SessionTelemetry(string modelId, string engineName) : IDisposable
{
    public KeyValuePair<string, object?> Model { get; } = new("gen_ai.request.model", modelId);

    public KeyValuePair<string, object?> Engine { get; } = new("llamafp4.engine", engineName);

    /// <summary>Says how the engine's load is read, which happens whenever somebody collects, on any thread.</summary>
    public void Observe(Func<EngineLoad> read) => Instruments.Observe(this, read);

    public void Record(Histogram<double> histogram, double value) => histogram.Record(value, Model, Engine);

    public void Add(Counter<long> counter, long delta = 1) => counter.Add(delta, Model, Engine);

    /// <summary>A step has been computed.</summary>
    public void OnStep(int requests, int tokens, TimeSpan elapsed)
    {
        Instruments.BatchSize.Record(requests, Model, Engine);
        Instruments.BatchTokens.Record(tokens, Model, Engine);
        Instruments.StepDuration.Record(elapsed.TotalSeconds, Model, Engine);
    }

    public void Dispose() => Instruments.Forget(this);
}

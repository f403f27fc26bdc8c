using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LlamaFp4.Native.Telemetry;

namespace LlamaFp4.Native.Tests.Telemetry;

/// <summary>Writes down what the meter tells of one model.</summary>
internal sealed class MeterRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Reading> _readings = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Reading>> _first = new();
    private readonly string _model;

    public MeterRecorder(string model)
    {
        _model = model;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == LlamaFp4Telemetry.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public void Collect() => _listener.RecordObservableInstruments();

    public IReadOnlyList<Reading> Of(string instrument) => [.. _readings.Where(reading => reading.Instrument == instrument)];

    /// <summary>The first reading, as soon as there is one.</summary>
    public Task<Reading> FirstAsync(string instrument, CancellationToken cancellationToken) => First(instrument).Task.WaitAsync(cancellationToken);

    public IEnumerable<double> Values(string instrument) => Of(instrument).Select(reading => reading.Value);

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var reading = new Reading(instrument.Name, value, tags.ToArray().ToDictionary());
        if (_model.Equals(reading.Tags["gen_ai.request.model"]))
        {
            _readings.Enqueue(reading);
            First(reading.Instrument).TrySetResult(reading);
        }
    }

    private TaskCompletionSource<Reading> First(string instrument) =>
        _first.GetOrAdd(instrument, static _ => new TaskCompletionSource<Reading>(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>One measurement.</summary>
internal sealed record Reading(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);

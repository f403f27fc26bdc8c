using LlamaFp4.Native.Cpu;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Loading;

/// <summary>Follows one attempt to load a model: keeps how far it is, logs it, and tells whoever listens in the container.</summary>
/// <param name="model">The model, in words.</param>
/// <param name="listener">Told of everything.</param>
/// <param name="logger">Told of each stage, and of each tenth of a long one.</param>
/// <param name="clock">Measures how long it takes.</param>
internal sealed partial class LoadReport(string model, IProgress<LoadProgress>? listener, ILogger logger, TimeProvider clock) : IProgress<LoadProgress>
{
    private readonly long _begin = clock.GetTimestamp();
    private readonly Lock _lock = new();
    private LoadProgress _latest = new(0, "Beginning");
    private LoadProgress? _logged;

    public TimeSpan Elapsed => clock.GetElapsedTime(_begin);

    public void Report(LoadProgress value)
    {
        bool isNews;
        lock (_lock)
        {
            _latest = value;
            isNews = _logged is not { } logged || logged.Stage != value.Stage || value.Fraction - logged.Fraction >= 0.1;
            _logged = isNews ? value : _logged;
        }

        if (isNews)
        {
            LogProgress(logger, model, value.Fraction * 100, value.Stage);
        }

        listener?.Report(value);
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return FormattableString.Invariant($"{_latest.Fraction * 100:0} % after {Elapsed.TotalSeconds:0} s: {_latest.Stage}");
        }
    }

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Loading {Model}, {Percent:0} %: {Stage}")]
    private static partial void LogProgress(ILogger logger, string model, double percent, string stage);
}

namespace LlamaFp4.Native.Telemetry;

/// <summary>Under which names sessions, and the loading of models, tell what they do: to be given to OpenTelemetry, or to a listener.</summary>
/// <remarks>What there is to see, with units and tags, is in <c>docs/telemetry.md</c>. It costs next to nothing while nobody listens.</remarks>
public static class LlamaFp4Telemetry
{
    /// <summary>Name of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "LlamaFp4";

    /// <summary>Name of the <see cref="System.Diagnostics.ActivitySource"/>.</summary>
    public const string ActivitySourceName = "LlamaFp4";
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace LlamaFp4.Native.Telemetry;

/// <summary>The instruments of sessions over servers, beside those that every session has.</summary>
internal static class ServerInstruments
{
    public static readonly Counter<long> Failures = Instruments.Meter.CreateCounter<long>(
        "llamafp4.server.failures", "{failure}", "Requests that a server has failed, by kind; those that were then sent again included.");

    public static readonly Counter<long> Resends = Instruments.Meter.CreateCounter<long>(
        "llamafp4.server.resends", "{request}", "Requests that were sent again, because the server failed them before their first token.");

    public static readonly Counter<long> Aborts = Instruments.Meter.CreateCounter<long>(
        "llamafp4.server.aborts", "{request}", "Requests that a server was told to stop.");

    public static readonly Counter<long> Restarts = Instruments.Meter.CreateCounter<long>(
        "llamafp4.server.restarts", "{restart}", "Restarts of a trtllm-serve that was started here.");

    private static readonly ConcurrentDictionary<ServerTelemetry, Func<ServerLoad>> Observed = new();

    static ServerInstruments()
    {
        Instruments.Meter.CreateObservableUpDownCounter(
            "llamafp4.server.requests", () => Read(load => load.Requests), "{request}", "Requests that the server has been given and has not ended.");
        Instruments.Meter.CreateObservableGauge(
            "llamafp4.server.up", () => Read(load => load.IsUp ? 1 : 0), "1", "Whether the server is in use.");
    }

    /// <summary>Says how a server is read, which happens whenever somebody collects, on any thread.</summary>
    public static void Observe(ServerTelemetry server, Func<ServerLoad> read) => Observed[server] = read;

    public static void Forget(ServerTelemetry server) => Observed.TryRemove(server, out _);

    private static IEnumerable<Measurement<int>> Read(Func<ServerLoad, int> value) =>
        Observed.Select(server => new Measurement<int>(value(server.Value()), server.Key.Tags));
}

using System.Diagnostics;

namespace LlamaFp4.Native.Telemetry;

/// <summary>What a session tells of one of its servers, under its own and the server's name.</summary>
/// <remarks>Thread-safe. Observed until it is disposed.</remarks>
internal sealed class ServerTelemetry : IDisposable
{
    private readonly TagList _tags;

    /// <param name="session">The session.</param>
    /// <param name="address">Host and port of the server.</param>
    /// <param name="read">Reads how the server is; called whenever somebody collects, on any thread.</param>
    public ServerTelemetry(SessionTelemetry session, Uri address, Func<ServerLoad> read)
    {
        _tags = [session.Model, session.Engine, .. AddressTags(address)];
        ServerInstruments.Observe(this, read);
    }

    /// <summary>Of its session, and where it is.</summary>
    public TagList Tags => _tags;

    /// <summary>A server as OpenTelemetry names it.</summary>
    public static KeyValuePair<string, object?>[] AddressTags(Uri address) => [new("server.address", address.Host), new("server.port", address.Port)];

    /// <summary>It has failed a request.</summary>
    public void Failed(string kind)
    {
        var tags = _tags;
        tags.Add("error.type", kind);
        ServerInstruments.Failures.Add(1, tags);
    }

    /// <summary>A request that it failed is sent again, to it or another one.</summary>
    public void SentAgain() => ServerInstruments.Resends.Add(1, _tags);

    /// <summary>It is told to stop a request.</summary>
    public void Aborted() => ServerInstruments.Aborts.Add(1, _tags);

    public void Dispose() => ServerInstruments.Forget(this);
}

/// <summary>How a server is at one moment.</summary>
/// <param name="IsUp">Whether requests may go to it.</param>
/// <param name="Requests">How many it has been given and not yet ended.</param>
internal readonly record struct ServerLoad(bool IsUp, int Requests);

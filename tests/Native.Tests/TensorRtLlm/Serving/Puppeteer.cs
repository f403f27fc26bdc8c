using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

/// <summary>Where the processes of tests/FakeTrtLlmServe report when they start, and take their orders.</summary>
internal sealed class Puppeteer : IDisposable
{
    /// <summary>How long a test waits for what must come at once, so that a fault fails instead of hanging.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Puppet> _given = [];
    private readonly Channel<Puppet> _puppets = Channel.CreateUnbounded<Puppet>();

    public Puppeteer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        _ = AcceptAsync();
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "trtllm-serve");

    public string Port { get; }

    /// <summary>The next process that starts.</summary>
    public async Task<Puppet> NextAsync(string role, CancellationToken cancellationToken)
    {
        var puppet = await _puppets.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);
        _given.Add(puppet);
        Assert.Equal(role, puppet.Role);
        return puppet;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _given.ForEach(puppet => puppet.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _puppets.Writer.WriteAsync(await Puppet.GreetAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

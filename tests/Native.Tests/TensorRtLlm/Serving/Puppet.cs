using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

/// <summary>One process of tests/FakeTrtLlmServe, as its test sees it.</summary>
internal sealed class Puppet : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    private Puppet(TcpClient client, StreamReader reader, string[] greeting)
    {
        _client = client;
        _reader = reader;
        _writer = new StreamWriter(client.GetStream()) { AutoFlush = true };
        Role = greeting[0];
        ProcessId = int.Parse(greeting[1], CultureInfo.InvariantCulture);
        Arguments = greeting[2..];
    }

    public string Role { get; }

    public int ProcessId { get; }

    public string[] Arguments { get; }

    public static async Task<Puppet> GreetAsync(TcpClient client)
    {
        var reader = new StreamReader(client.GetStream());
        return new Puppet(client, reader, (await reader.ReadLineAsync() ?? throw new EndOfStreamException("A process ended before it said who it is.")).Split('\t'));
    }

    /// <summary>Lets the process do something and returns when it has been done.</summary>
    public async Task OrderAsync(string order)
    {
        await _writer.WriteLineAsync(order);
        Assert.Equal("done", await _reader.ReadLineAsync().WaitAsync(Puppeteer.Patience));
    }

    /// <summary>Lets the process end by itself.</summary>
    public Task ExitAsync(int code) => _writer.WriteLineAsync($"exit {code}");

    /// <summary>Lets go of the strings; the process ends, if it has not.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _client.Dispose();
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        using var process = Process.GetProcessById(ProcessId);
        process.Kill();
    }

    /// <summary>Returns when the process is gone: the system closes its connection.</summary>
    public async Task IsGoneAsync()
    {
        try
        {
            Assert.Null(await _reader.ReadLineAsync().WaitAsync(Puppeteer.Patience));
        }
        catch (IOException)
        {
            // Reset instead of closed: gone as well.
        }
    }
}

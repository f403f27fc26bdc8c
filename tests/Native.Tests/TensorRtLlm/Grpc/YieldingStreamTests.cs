using System.Net;
using System.Net.Sockets;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Grpc;

/// <summary>A connection that yields is a connection: what is sent comes out, and its end is seen.</summary>
public sealed class YieldingStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatIsSent_ComesOut_UntilTheEnd()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = new TcpClient();
        await sender.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
        await using var stream = new YieldingStream(await listener.AcceptSocketAsync(Cancellation));
        await sender.GetStream().WriteAsync(new byte[] { 1, 2, 3 }, Cancellation);

        // Nothing is asked for: it only waits for something to come.
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Cancellation));

        // Something is there now: this is the read that yields.
        var buffer = new byte[8];
        Assert.Equal(3, await stream.ReadAsync(buffer, Cancellation));
        Assert.Equal(new byte[] { 1, 2, 3 }, buffer[..3]);

        sender.Close();
        Assert.Equal(0, await stream.ReadAsync(buffer, Cancellation));
    }
}

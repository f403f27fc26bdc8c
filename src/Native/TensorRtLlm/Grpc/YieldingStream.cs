using System.Net.Sockets;

namespace LlamaFp4.Native.TensorRtLlm.Grpc;

/// <summary>A connection that, after each read that was complete at once, lets those run first for whom something has come.</summary>
/// <remarks>Whatever waits for its reader holds a block of 16 KiB of <c>ArrayPool.Shared</c>, which keeps 32 per processor. Read on and on, a step of a
/// thousand streams needs a thousand blocks, new ones each time.</remarks>
internal sealed class YieldingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = base.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully && !buffer.IsEmpty ? YieldAsync(read.Result) : read;
    }

    // The thread that woke the readers finds them before this in its queues; another that is free may take this first.
    private static async ValueTask<int> YieldAsync(int read)
    {
        await Task.Yield();
        return read;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Grpc;

/// <summary>A reader of gRPC sees fewer messages, and in them all that came.</summary>
public sealed class GatheringStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_HoweverTheyAreCut_ComeOutAsTheyWere()
    {
        var random = new Random(11);
        for (var run = 0; run < 200; run++)
        {
            byte[][] messages = [.. Enumerable.Range(0, random.Next(60)).Select(_ => Message(random))];
            using var stream = new GatheringStream(new PartialStream([.. messages.SelectMany(Framed)], () => random.Next(1, run % 2 == 0 ? 40 : 9000)));

            Assert.Equal(messages, (await GulpsAsync(stream)).SelectMany(gulp => gulp));
        }
    }

    [Fact]
    public async Task MessagesThatCameTogether_AreOne()
    {
        byte[][] messages = [[1, 2], [], [3]];
        using var stream = new GatheringStream(new PartialStream([.. messages.SelectMany(Framed)], () => int.MaxValue));

        Assert.Equal(messages, Assert.Single(await GulpsAsync(stream)));
    }

    [Fact]
    public async Task MessageThatIsWhole_DoesNotWaitForTheNext()
    {
        byte[][] messages = [[1], [2]];
        using var stream = new GatheringStream(new PartialStream([.. messages.SelectMany(Framed)], () => 7));

        Assert.Equal([[[1]], [[2]]], await GulpsAsync(stream));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(GrpcPrefix.Size)]
    [InlineData(GrpcPrefix.Size + 9)]
    public async Task MessageThatIsCutOff_IsFoundToBe(int length)
    {
        var bytes = Framed(new byte[10])[..length];
        using var stream = new GatheringStream(new PartialStream(bytes, () => 4));

        await Assert.ThrowsAsync<EndOfStreamException>(() => GulpsAsync(stream));
    }

    [Fact]
    public async Task LongMessageThatIsCutOff_IsFoundToBe()
    {
        using var stream = new GatheringStream(new PartialStream(Framed(new byte[10_000])[..6000], () => 900));

        await Assert.ThrowsAsync<EndOfStreamException>(() => GulpsAsync(stream));
    }

    [Fact]
    public async Task MessageBeforeOneThatIsCutOff_ComesOut()
    {
        using var stream = new GatheringStream(new PartialStream([.. Framed([7, 8]), .. Framed([9, 9, 9])[..6]], () => int.MaxValue));
        var gathered = new byte[GrpcPrefix.Size + GrpcPrefix.Size + 2];

        await stream.ReadExactlyAsync(gathered, Cancellation);

        Assert.Equal(Framed([7, 8]), gathered[GrpcPrefix.Size..]);
        await Assert.ThrowsAsync<EndOfStreamException>(() => GulpsAsync(stream));
    }

    [Fact]
    public async Task ReadThatWaits_GivesTheRestOfAMessageWhenItComes()
    {
        var pipe = new Pipe();
        var bytes = Framed([1, 2, 3]);
        using var stream = new GatheringStream(pipe.Reader.AsStream());
        await pipe.Writer.WriteAsync(bytes.AsMemory(0, 6), Cancellation);
        var gathered = new byte[GrpcPrefix.Size + bytes.Length];

        var reading = stream.ReadExactlyAsync(gathered, Cancellation).AsTask();
        Assert.False(reading.IsCompleted);
        await pipe.Writer.WriteAsync(bytes.AsMemory(6), Cancellation);
        await reading;

        Assert.Equal(bytes, gathered[GrpcPrefix.Size..]);
    }

    [Fact]
    public async Task ReadThatWaits_EndsWhenItIsCancelled()
    {
        var pipe = new Pipe();
        using var stream = new GatheringStream(pipe.Reader.AsStream());
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var reading = stream.ReadAsync(new byte[8], leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task LengthBeyondAllLimits_IsPassedOn()
    {
        using var stream = new GatheringStream(new PartialStream([0, 0xFF, 0xFF, 0xFF, 0xFF, 1], () => int.MaxValue));
        var prefix = new byte[GrpcPrefix.Size];

        await stream.ReadExactlyAsync(prefix, Cancellation);

        Assert.Equal(uint.MaxValue, GrpcPrefix.LengthOf(prefix));
    }

    [Fact]
    public void CompressedMessage_IsRefused()
    {
        using var messages = new GatheredMessages(new ReadOnlySequence<byte>(new byte[] { 1, 0, 0, 0, 1, 9 }));

        var failure = Assert.Throws<ServerFailureException>(() => messages.TryRead(out _));

        Assert.Equal(ServerFailureKind.Protocol, failure.Kind);
    }

    // Small ones mostly, some of about the buffer's size, few beyond it.
    private static byte[] Message(Random random)
    {
        var message = new byte[random.Next(10) switch { 0 => random.Next(4080, 4100), 1 => random.Next(20_000), _ => random.Next(80) }];
        random.NextBytes(message);
        return message;
    }

    private static byte[] Framed(byte[] message)
    {
        var framed = new byte[GrpcPrefix.Size + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(GrpcPrefix.Size));
        return framed;
    }

    // As a client of gRPC reads: prefix, then the message of that length, each perhaps in parts.
    private static async Task<List<List<byte[]>>> GulpsAsync(GatheringStream stream)
    {
        List<List<byte[]>> gulps = [];
        var prefix = new byte[GrpcPrefix.Size];
        while (await stream.ReadAsync(prefix, Cancellation) is var read and > 0)
        {
            await stream.ReadExactlyAsync(prefix.AsMemory(read), Cancellation);
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
            await stream.ReadExactlyAsync(payload, Cancellation);

            using var messages = new GatheredMessages(new ReadOnlySequence<byte>(payload));
            List<byte[]> gulp = [];
            while (messages.TryRead(out var message))
            {
                gulp.Add(message.ToArray());
            }

            gulps.Add(gulp);
        }

        return gulps;
    }

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class PartialStream(byte[] bytes, Func<int> most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most())], cancellationToken);
    }
}

using System.Buffers;
using Google.Protobuf;
using LlamaFp4.Native.TensorRtLlm.Smg;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Smg;

/// <summary>The short way of reading messages sees what the generated parser sees.</summary>
public sealed class SmgMessageTests
{
    [Fact]
    public void PlainChunk_IsReadAsTheGeneratedParserReadsIt()
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var chunk = new GenerateStreamChunk
            {
                SequenceIndex = (uint)random.Next(3),
                PromptTokens = (uint)random.Next(200_000),
                CompletionTokens = (uint)random.Next(200_000),
                CachedTokens = (uint)random.Next(2),
            };
            chunk.TokenIds.AddRange(Enumerable.Range(0, random.Next(9)).Select(_ => (uint)random.NextInt64(uint.MaxValue + 1L)));

            var message = Read(new GenerateResponse { RequestId = random.Next(2) == 0 ? "" : "0123456789abcdef", Chunk = chunk });

            Assert.Null(message.Full);
            Assert.Equal(chunk.TokenIds, Enumerable.Range(0, message.Count).Select(index => message[index]));
            Assert.Equal((chunk.SequenceIndex, chunk.CompletionTokens), (message.SequenceIndex, message.CompletionTokens));
        }
    }

    [Fact]
    public void TokenIdsThatAreNotPacked_AreReadToo()
    {
        var message = SmgMessage.Read(new ReadOnlySequence<byte>(new byte[] { 0x12, 0x07, 0x08, 0x0A, 0x08, 0xAC, 0x02, 0x20, 0x02 }));

        Assert.Null(message.Full);
        Assert.Equal((2, 10u, 300u, 2u), (message.Count, message[0], message[1], message.CompletionTokens));
    }

    [Theory]
    [InlineData("""{"chunk":{"tokenIds":[1],"logprobs":[{"tokenId":1}]}}""")]
    [InlineData("""{"complete":{"outputTokenIds":[1],"finishReason":"stop"}}""")]
    [InlineData("""{"requestId":"r"}""")]
    public void AnythingElse_IsLeftToTheGeneratedParser(string json)
    {
        var expected = JsonParser.Default.Parse<GenerateResponse>(json);

        Assert.Equal(expected, Read(expected).Full);
    }

    [Fact]
    public void MessageInSeveralParts_IsLeftToTheGeneratedParser()
    {
        var bytes = JsonParser.Default.Parse<GenerateResponse>("""{"chunk":{"tokenIds":[1,2,3],"completionTokens":3}}""").ToByteArray();
        var second = new Part(bytes.AsMemory(4), 4, null);
        var first = new Part(bytes.AsMemory(0, 4), 0, second);

        var message = SmgMessage.Read(new ReadOnlySequence<byte>(first, 0, second, bytes.Length - 4));

        Assert.Equal([1u, 2u, 3u], message.Full!.Chunk.TokenIds);
    }

    [Fact]
    public void EveryBeginningOfAMessage_IsReadWholeOrRefused()
    {
        var response = new GenerateResponse { RequestId = "r", Chunk = new GenerateStreamChunk { TokenIds = { 1, 300 }, CompletionTokens = 2 } };
        var bytes = response.ToByteArray();

        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, length);
            try
            {
                var expected = GenerateResponse.Parser.ParseFrom(part);
                Assert.Equal(expected, SmgMessage.Read(part).Full);
            }
            catch (InvalidProtocolBufferException)
            {
                Assert.Throws<InvalidProtocolBufferException>(() => SmgMessage.Read(part));
            }
        }
    }

    private static SmgMessage Read(GenerateResponse response) => SmgMessage.Read(new ReadOnlySequence<byte>(response.ToByteArray()));

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(ReadOnlyMemory<byte> memory, long start, Part? next) => (Memory, RunningIndex, Next) = (memory, start, next);
    }
}

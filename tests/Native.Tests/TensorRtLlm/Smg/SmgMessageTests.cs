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
            Assert.Equal(chunk.TokenIds, message.TokenIds.ToArray());
            Assert.Equal((chunk.SequenceIndex, chunk.CompletionTokens), (message.SequenceIndex, message.CompletionTokens));
        }
    }

    [Fact]
    public void TokenIdsThatAreNotPacked_AreReadToo()
    {
        var message = Read([0x12, 0x07, 0x08, 0x0A, 0x08, 0xAC, 0x02, 0x20, 0x02]);

        Assert.Null(message.Full);
        Assert.Equal([10u, 300u], message.TokenIds);
        Assert.Equal(2u, message.CompletionTokens);
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
    public void NextMessage_KeepsNothingOfTheOneBefore()
    {
        var message = Read(JsonParser.Default.Parse<GenerateResponse>("""{"chunk":{"tokenIds":[1,2,3],"sequenceIndex":2,"completionTokens":3}}"""));

        message.Read(JsonParser.Default.Parse<GenerateResponse>("""{"complete":{"outputTokenIds":[1],"finishReason":"stop"}}""").ToByteArray());
        message.Read(JsonParser.Default.Parse<GenerateResponse>("""{"chunk":{"tokenIds":[4]}}""").ToByteArray());

        Assert.Null(message.Full);
        Assert.Equal([4u], message.TokenIds);
        Assert.Equal((0u, 0u), (message.SequenceIndex, message.CompletionTokens));
    }

    [Fact]
    public void EveryBeginningOfAMessage_IsReadWholeOrRefused()
    {
        var response = new GenerateResponse { RequestId = "r", Chunk = new GenerateStreamChunk { TokenIds = { 1, 300 }, CompletionTokens = 2 } };
        var bytes = response.ToByteArray();

        for (var length = 0; length < bytes.Length; length++)
        {
            var part = bytes[..length];
            try
            {
                var expected = GenerateResponse.Parser.ParseFrom(part);
                Assert.Equal(expected, Read(part).Full);
            }
            catch (InvalidProtocolBufferException)
            {
                Assert.Throws<InvalidProtocolBufferException>(() => Read(part));
            }
        }
    }

    private static SmgMessage Read(GenerateResponse response) => Read(response.ToByteArray());

    private static SmgMessage Read(byte[] bytes)
    {
        var message = new SmgMessage();
        message.Read(bytes);
        return message;
    }
}

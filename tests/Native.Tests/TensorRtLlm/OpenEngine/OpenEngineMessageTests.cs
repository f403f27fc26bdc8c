using Google.Protobuf;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;

namespace LlamaFp4.Native.Tests.TensorRtLlm.OpenEngine;

/// <summary>The short way of reading events sees what the generated parser sees.</summary>
public sealed class OpenEngineMessageTests
{
    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(128_009u, 0u)]
    [InlineData(uint.MaxValue, 2u)]
    public void PlainToken_IsReadAsTheGeneratedParserReadsIt(uint tokenId, uint output)
    {
        var message = Read(new GenerateResponse { RequestId = "r", Token = new TokenOutput { OutputIndex = output, Tokens = { new TokenInfo { TokenId = tokenId } } } });

        Assert.Null(message.Full);
        Assert.Equal((tokenId, output), (message.TokenId, message.OutputIndex));
    }

    [Theory]
    [InlineData("""{"token":{"outputIndex":0,"tokens":[{"tokenId":1},{"tokenId":2}]}}""")]
    [InlineData("""{"token":{"outputIndex":0,"tokens":[{"tokenId":1,"logprob":-1}]}}""")]
    [InlineData("""{"token":{"outputIndex":0,"text":"t"}}""")]
    [InlineData("""{"token":{"outputIndex":0}}""")]
    [InlineData("""{"finished":{"outputIndex":0,"reason":"FINISH_REASON_STOP"},"usage":{"promptTokens":1}}""")]
    [InlineData("""{"error":{"code":"ERROR_CODE_INTERNAL","message":"m"}}""")]
    public void AnythingElse_IsLeftToTheGeneratedParser(string json)
    {
        var expected = JsonParser.Default.Parse<GenerateResponse>(json);

        Assert.Equal(expected, Read(expected).Full);
    }

    [Fact]
    public void NextEvent_KeepsNothingOfTheOneBefore()
    {
        var message = Read(JsonParser.Default.Parse<GenerateResponse>("""{"token":{"outputIndex":2,"tokens":[{"tokenId":7}]}}"""));

        message.Read(JsonParser.Default.Parse<GenerateResponse>("""{"token":{"tokens":[{"tokenId":0}]}}""").ToByteArray());

        Assert.Null(message.Full);
        Assert.Equal((0u, 0u), (message.TokenId, message.OutputIndex));
    }

    [Fact]
    public void BrokenMessage_IsRefused() => Assert.Throws<InvalidProtocolBufferException>(() => Read([0x1A, 0x09, 0x08]));

    private static OpenEngineMessage Read(GenerateResponse response) => Read(response.ToByteArray());

    private static OpenEngineMessage Read(byte[] bytes)
    {
        var message = new OpenEngineMessage();
        message.Read(bytes);
        return message;
    }
}

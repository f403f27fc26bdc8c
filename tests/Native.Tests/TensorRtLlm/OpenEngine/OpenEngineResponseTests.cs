using Google.Protobuf;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.OpenEngine;

namespace LlamaFp4.Native.Tests.TensorRtLlm.OpenEngine;

/// <summary>Events of an OpenEngine server, one by one.</summary>
public sealed class OpenEngineResponseTests
{
    private const string End = """{"requestId":"r","finished":{"outputIndex":0,"reason":"FINISH_REASON_LENGTH"},"usage":{"promptTokens":3,"completionTokens":1}}""";

    private readonly ReadAnswer _answer = new();
    private readonly OpenEngineResponse _reader;

    public OpenEngineResponseTests() => _reader = new OpenEngineResponse("r", _answer.Response);

    [Fact]
    public void TokensAndEnd_AreTheAnswer()
    {
        Read("""{"requestId":"r","token":{"outputIndex":0,"tokens":[{"tokenId":10}]}}""");
        Read("""{"requestId":"r","token":{"outputIndex":0,"tokens":[{"tokenId":11,"token":"b","logprob":-0.5,"rank":1,"candidates":[{"tokenId":11,"logprob":-0.5,"token":"b","rank":1}]}]}}""");
        Read("""{"requestId":"r","finished":{"outputIndex":0,"reason":"FINISH_REASON_STOP","stopMatch":{"eosTokenId":2}},"usage":{"promptTokens":3,"completionTokens":2,"totalTokens":5,"cachedPromptTokens":1}}""");

        Assert.Equal([10, 11], _answer.TokenIds);
        Assert.Equal([float.NaN, -0.5f], _answer.LogProbabilities!.Select(entry => entry.LogProbability));
    }

    [Fact]
    public void EventThatIsNotKnown_IsSkipped()
    {
        Read("""{"requestId":"r"}""");
        Read("""{"token":{"outputIndex":0,"text":"t"}}""");
        Read("""{"token":{"outputIndex":0,"tokens":[{"tokenId":10}]}}""");
        Read(End);

        Assert.Equal([10], _answer.TokenIds);
    }

    [Theory]
    [InlineData("""{"token":{"outputIndex":1,"tokens":[{"tokenId":10}]}}""", "output 1, which was not asked for")]
    [InlineData("""{"prompt":{"tokens":[{"tokenId":5}]}}""", "Prompt, which was not asked for")]
    [InlineData("""{"prefillReady":{}}""", "PrefillReady, which was not asked for")]
    [InlineData("""{"finished":{"outputIndex":0,"reason":"FINISH_REASON_LENGTH"},"usage":{"completionTokens":1}}""", "counted 1 new tokens, but sent 0")]
    [InlineData("""{"finished":{"outputIndex":0,"reason":"FINISH_REASON_LENGTH"},"usage":{"promptTokens":4294967295}}""", "counted -1 prompt tokens, 0 of them cached")]
    [InlineData("""{"requestId":"another","finished":{"outputIndex":0,"reason":"FINISH_REASON_LENGTH"}}""", "'another'")]
    [InlineData("""{"finished":{"outputIndex":0,"reason":7}}""", "unknown reason 7")]
    [InlineData("""{"finished":{"outputIndex":0,"reason":"FINISH_REASON_CANCELLED"}}""", "cancelled the request")]
    [InlineData("""{"finished":{"outputIndex":0,"reason":"FINISH_REASON_CANCELLED","message":"generation timed out"}}""", "cancelled the request: generation timed out")]
    [InlineData("""{"error":{"code":"ERROR_CODE_INTERNAL","message":"engine lost"}}""", "Internal: engine lost")]
    [InlineData("""{"error":{"code":99,"message":"odd"}}""", "99: odd")]
    public void Event_ThatCannotBe_IsRefused(string json, string message)
    {
        var failure = Assert.Throws<ServerFailureException>(() => Read(json));

        Assert.EndsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_AfterTheEnd_IsRefused()
    {
        Read("""{"token":{"outputIndex":0,"tokens":[{"tokenId":10}]}}""");
        Read(End);

        Assert.Throws<ServerFailureException>(() => Read("""{"token":{"outputIndex":0,"tokens":[{"tokenId":11}]}}"""));
    }

    [Fact]
    public void Overload_MayBeTriedAgain()
    {
        var failure = Assert.Throws<ServerFailureException>(() => Read("""{"error":{"code":"ERROR_CODE_OVERLOADED","message":"response consumer stalled","retryable":true}}"""));

        Assert.Equal((ServerFailureKind.Overloaded, true), (failure.Kind, failure.IsRetryable));
    }

    private void Read(string json) => _reader.Read(JsonParser.Default.Parse<GenerateResponse>(json).ToByteArray());
}

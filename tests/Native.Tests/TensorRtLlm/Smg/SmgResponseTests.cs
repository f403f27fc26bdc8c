using Google.Protobuf;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Smg;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Smg;

/// <summary>Messages of an SMG server, one by one.</summary>
public sealed class SmgResponseTests
{
    [Fact]
    public void End_WithTokensThatNoChunkHad_DeliversThem()
    {
        var answer = new Answer();

        answer.Read("""{"chunk":{"tokenIds":[10],"completionTokens":1}}""");
        answer.Read("""{"complete":{"outputTokenIds":[10,11,12],"finishReason":"length","completionTokens":3}}""");

        Assert.Equal([10, 11, 12], answer.TokenIds);
    }

    [Fact]
    public void End_WithoutAnyChunk_IsTheWholeAnswer()
    {
        var answer = new Answer();

        answer.Read("""{"complete":{"outputTokenIds":[10,2],"finishReason":"stop","matchedTokenId":2,"completionTokens":2}}""");

        Assert.Equal([10], answer.TokenIds);
    }

    [Fact]
    public void End_ThatContradictsTheChunks_IsRefused()
    {
        var answer = new Answer();
        answer.Read("""{"chunk":{"tokenIds":[10,11],"completionTokens":2}}""");

        var failure = Assert.Throws<ServerFailureException>(() => answer.Read("""{"complete":{"outputTokenIds":[10,12],"finishReason":"length","completionTokens":2}}"""));

        Assert.Equal(ServerFailureKind.Protocol, failure.Kind);
    }

    [Fact]
    public void End_ThatIsShorterThanTheChunks_IsRefused()
    {
        var answer = new Answer();
        answer.Read("""{"chunk":{"tokenIds":[10,11],"completionTokens":2}}""");

        Assert.Throws<ServerFailureException>(() => answer.Read("""{"complete":{"outputTokenIds":[10],"finishReason":"length","completionTokens":1}}"""));
    }

    [Fact]
    public void Chunk_AfterAStopToken_IsRefused()
    {
        var answer = new Answer();
        answer.Read("""{"chunk":{"tokenIds":[10,2],"completionTokens":2}}""");

        Assert.Throws<ServerFailureException>(() => answer.Read("""{"chunk":{"tokenIds":[11],"completionTokens":3}}"""));
    }

    [Fact]
    public void Chunk_OfASequenceThatWasNotAskedFor_IsRefused() =>
        Assert.Throws<ServerFailureException>(() => new Answer().Read("""{"chunk":{"tokenIds":[10],"sequenceIndex":1,"completionTokens":1}}"""));

    [Fact]
    public void Message_ThatIsNeitherChunkNorEnd_IsRefused() => Assert.Throws<ServerFailureException>(() => new Answer().Read("{}"));

    [Fact]
    public void MoreTokensThanAskedFor_AreRefused() =>
        Assert.Throws<ServerFailureException>(() => new Answer().Read("""{"chunk":{"tokenIds":[10,11,12,13],"completionTokens":4}}"""));

    [Theory]
    [InlineData("""{"tokenId":10,"logprob":-0.5,"topLogprobs":[{"tokenId":11,"logprob":-2},{"tokenId":10,"logprob":-0.5}]}""", -0.5f)]
    [InlineData("""{"tokenId":10,"logprob":0,"topLogprobs":[{"tokenId":10,"logprob":0}]}""", 0f)]
    [InlineData("""{"tokenId":10,"logprob":0,"topLogprobs":[{"tokenId":11,"logprob":-2}]}""", float.NaN)]
    [InlineData("""{"tokenId":10,"logprob":-0.5}""", -0.5f)]
    public void LogProbability_IsReadTogetherWithTheCandidates(string entry, float expected)
    {
        var answer = new Answer();

        answer.Read("""{"chunk":{"tokenIds":[10],"completionTokens":1,"logprobs":[ENTRY]}}""".Replace("ENTRY", entry, StringComparison.Ordinal));

        Assert.Equal(expected, Assert.Single(answer.LogProbabilities!).LogProbability);
    }

    [Theory]
    [InlineData("""{"chunk":{"tokenIds":[10],"completionTokens":1,"logprobs":[{"tokenId":11,"logprob":-1}]}}""", "log probability of token 11 with token 10")]
    [InlineData("""{"chunk":{"tokenIds":[10],"completionTokens":1,"logprobs":[{"tokenId":10,"logprob":-1},{"tokenId":11,"logprob":-1}]}}""", "2 log probabilities with 1 tokens")]
    [InlineData("""{"complete":{"outputTokenIds":[10],"finishReason":"length","completionTokens":1,"promptTokens":4294967295}}""", "-1 prompt tokens")]
    [InlineData("""{"complete":{"outputTokenIds":[10],"finishReason":"length","completionTokens":1,"cachedTokens":2147483648}}""", "-2147483648 of them cached")]
    [InlineData("""{"requestId":"another","complete":{"outputTokenIds":[10],"finishReason":"length","completionTokens":1}}""", "'another'")]
    [InlineData("""{"complete":{"outputTokenIds":[10],"completionTokens":1}}""", "without a reason")]
    public void Message_ThatCannotBe_IsRefused(string json, string message)
    {
        var failure = Assert.Throws<ServerFailureException>(() => new Answer().Read(json));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_AfterTheEnd_IsRefused()
    {
        var answer = new Answer();
        answer.Read("""{"complete":{"outputTokenIds":[10],"finishReason":"length","completionTokens":1}}""");

        Assert.Throws<ServerFailureException>(() => answer.Read("""{"chunk":{"tokenIds":[11],"completionTokens":2}}"""));
    }

    [Fact]
    public void Message_UnderTheIdOfTheRequestOrNone_IsRead()
    {
        var answer = new Answer();

        answer.Read("""{"requestId":"r","chunk":{"tokenIds":[10],"completionTokens":1}}""");
        answer.Read("""{"complete":{"outputTokenIds":[10],"finishReason":"length","completionTokens":1}}""");

        Assert.Equal([10], answer.TokenIds);
    }

    [Fact]
    public void LogProbability_ThatIsMissing_IsNotANumber()
    {
        var answer = new Answer();

        answer.Read("""{"chunk":{"tokenIds":[10],"completionTokens":1}}""");

        Assert.True(float.IsNaN(Assert.Single(answer.LogProbabilities!).LogProbability));
    }

    private sealed class Answer
    {
        private readonly ReadAnswer _answer = new();
        private readonly SmgResponse _reader;

        public Answer() => _reader = new SmgResponse("r", _answer.Response);

        public int[] TokenIds => _answer.TokenIds;

        public IReadOnlyList<TokenLogProbability>? LogProbabilities => _answer.LogProbabilities;

        public void Read(string json) => _reader.Read(JsonParser.Default.Parse<GenerateResponse>(json).ToByteArray());
    }
}

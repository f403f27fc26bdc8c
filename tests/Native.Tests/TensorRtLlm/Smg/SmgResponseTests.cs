using System.Buffers;
using Google.Protobuf;
using LlamaFp4.Native.Checkpoint;
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

    [Fact]
    public void LogProbability_ThatIsMissing_IsNotANumber()
    {
        var answer = new Answer();

        answer.Read("""{"chunk":{"tokenIds":[10],"completionTokens":1}}""");

        Assert.True(float.IsNaN(Assert.Single(answer.LogProbabilities!).LogProbability));
    }

    private sealed class Answer
    {
        private static readonly LlamaConfig Config = new()
        {
            VocabularySize = 100,
            HiddenSize = 16,
            IntermediateSize = 16,
            LayerCount = 1,
            HeadCount = 1,
            KvHeadCount = 1,
            HeadSize = 16,
            ContextLength = 64,
            RmsNormEpsilon = 1e-5f,
            RopeTheta = 1,
            TieWordEmbeddings = false,
            EndOfSequenceTokenIds = [2],
        };

        private static readonly ModelInfo Model = new()
        {
            ModelId = "m",
            VocabularySize = 100,
            ContextLength = 64,
            StopTokenIds = [2],
            EngineName = "e",
            EngineVersion = "1",
            Device = "d",
        };

        private readonly AnswerTokens _tokens;
        private readonly SmgResponse _reader;

        public Answer()
        {
            var request = new ServerRequest(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 3, LogProbabilities = 2 }, Model, Config);
            var stream = new ResponseStream(request);
            _tokens = stream.Tokens;
            _reader = new SmgResponse(new ServerResponse(request, stream));
        }

        public int[] TokenIds => _tokens.Slice(0, _tokens.Count).ToArray();

        public IReadOnlyList<TokenLogProbability>? LogProbabilities => _tokens.LogProbabilities(0, _tokens.Count);

        public void Read(string json) => _reader.Read(SmgMessage.Read(new ReadOnlySequence<byte>(JsonParser.Default.Parse<GenerateResponse>(json).ToByteArray())));
    }
}

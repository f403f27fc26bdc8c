using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Checkpoint;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>The answer to a request for three tokens with log probabilities, put together by a reader of messages without a server.</summary>
internal sealed class ReadAnswer
{
    private static readonly LlamaConfig Config = SmallConfig.Of(vocabularySize: 100, endOfSequenceTokenIds: 2);

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

    public ReadAnswer()
    {
        var request = new ServerRequest(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 3, LogProbabilities = 2 }, Model, Config);
        var stream = new ResponseStream(request);
        _tokens = stream.Tokens;
        Response = new ServerResponse(request, stream);
    }

    public ServerResponse Response { get; }

    public int[] TokenIds => _tokens.Slice(0, _tokens.Count).ToArray();

    public IReadOnlyList<TokenLogProbability>? LogProbabilities => _tokens.LogProbabilities(0, _tokens.Count);
}

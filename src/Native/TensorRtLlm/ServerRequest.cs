using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>A checked request in the terms that all wire formats share.</summary>
internal sealed class ServerRequest : CheckedRequest
{
    /// <inheritdoc cref="CheckedRequest(GenerationRequest, ModelInfo, LlamaConfig)" path="/exception"/>
    public ServerRequest(GenerationRequest request, ModelInfo model, LlamaConfig config)
        : base(request, model, config)
    {
        VocabularySize = model.VocabularySize;
        Guide = request.Guide is { } guide ? GuideText.Of(guide) : null;

        // A finished grammar leaves an end token as the only choice. A request with a guide and without stop tokens still ends there.
        SentStopTokenIds = Guide is not null && StopTokenIds.Count == 0 ? [.. model.StopTokenIds] : [.. StopTokenIds.Order()];
        IgnoresEndOfSequence = !model.StopTokenIds.All(SentStopTokenIds.Contains);
    }

    public int VocabularySize { get; }

    /// <summary>The guide as text that TensorRT-LLM understands.</summary>
    public GuideText? Guide { get; }

    /// <summary>To be sent as stop token ids, and to be kept in the output.</summary>
    public int[] SentStopTokenIds { get; }

    /// <summary>Whether the engine's own end-of-sequence rule must be off, because not all end tokens of the model end this request.</summary>
    public bool IgnoresEndOfSequence { get; }

    /// <summary>Whether the answer has to be ended on this side: an engine that ignores the end of the sequence heeds no stop tokens either.</summary>
    public bool EndsHere => IgnoresEndOfSequence && SentStopTokenIds.Length > 0;

    /// <summary>How many alternatives to ask for: 0 would give nothing at all.</summary>
    public int? SentLogProbabilities => LogProbabilities is { } count ? Math.Clamp(count, 1, VocabularySize) : null;
}

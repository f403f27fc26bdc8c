using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns;

/// <summary>Stop tokens as they arrive → those that the engine heeds.</summary>
internal static class StandInStops
{
    /// <summary>Told to ignore the end of the sequence, TensorRT-LLM drops the request's own stop tokens too.</summary>
    public static int[] Of(IEnumerable<int> requested, bool ignoresEnd, ModelInfo model) => ignoresEnd ? [] : [.. requested.Union(model.StopTokenIds)];
}

using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns;

/// <summary>Where an answer ends: limits as they arrive → those that the engine heeds.</summary>
internal static class StandInLimits
{
    /// <summary>Told to ignore the end of the sequence, TensorRT-LLM drops the request's own stop tokens too.</summary>
    public static int[] StopTokensOf(IEnumerable<int> requested, bool ignoresEnd, ModelInfo model) => ignoresEnd ? [] : [.. requested.Union(model.StopTokenIds)];

    /// <summary>More than the context leaves is cut down in silence.</summary>
    public static int? NewTokensOf(int? requested, int promptLength, ModelInfo model)
    {
        var room = model.ContextLength - promptLength;
        return room > 0 && requested > room ? room : requested;
    }
}

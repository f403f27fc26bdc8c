using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Extensions.Loading;

/// <summary>What makes one session: registrations with equal settings share it.</summary>
/// <remarks>What only a client needs, such as its model id and sampling defaults, is not part of it.</remarks>
internal sealed record SessionSettings(
    string? Directory, // full path; null for the pocket model
    CpuNumerics Numerics,
    int? ThreadCount,
    int? ContextLength,
    int? KvCacheTokens,
    int MaxConcurrentRequests,
    int MaxQueuedRequests)
{
    /// <summary>The model, in words.</summary>
    public string ModelName => Directory ?? "the pocket model";

    public static SessionSettings Of(LlamaFp4Options options) => new(
        options.Model is { } model ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)) : null,
        options.Numerics,
        options.ThreadCount,
        options.ContextLength,
        options.KvCacheTokens,
        options.MaxConcurrentRequests,
        options.MaxQueuedRequests);

    public CpuSessionOptions ToCpuOptions(string? modelId) => new()
    {
        ModelId = modelId,
        Numerics = Numerics,
        ThreadCount = ThreadCount,
        ContextLength = ContextLength,
        KvCacheTokens = KvCacheTokens,
        MaxConcurrentRequests = MaxConcurrentRequests,
        MaxQueuedRequests = MaxQueuedRequests,
    };
}

using LlamaFp4.Native.Cpu;
using LlamaFp4.PocketModel;

namespace LlamaFp4.Extensions.Loading;

/// <summary>What makes one session: registrations with equal settings share it.</summary>
/// <remarks>What only a client needs, such as its model id and sampling defaults, is not part of it.</remarks>
internal sealed record SessionSettings(
    string? Directory, // full path; null for the pocket model
    CpuNumerics Numerics,
    int? ThreadCount,
    bool PinThreads,
    int? ContextLength,
    int? KvCacheTokens,
    int MaxConcurrentRequests,
    int MaxQueuedRequests)
{
    /// <summary>The model, in words.</summary>
    public string ModelName => Directory ?? "the pocket model";

    /// <summary>The model id, unless options give another.</summary>
    public string ModelId => Directory is null ? PocketCheckpoint.ModelId : Path.GetFileName(Directory);

    public static SessionSettings Of(LlamaFp4Options options) => new(
        options.Model is { } model ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)) : null,
        options.Numerics,
        options.ThreadCount,
        options.PinThreads,
        options.ContextLength,
        options.KvCacheTokens,
        options.MaxConcurrentRequests,
        options.MaxQueuedRequests);

    public CpuSessionOptions ToCpuOptions() => new()
    {
        ModelId = ModelId,
        Numerics = Numerics,
        ThreadCount = ThreadCount,
        PinThreads = PinThreads,
        ContextLength = ContextLength,
        KvCacheTokens = KvCacheTokens,
        MaxConcurrentRequests = MaxConcurrentRequests,
        MaxQueuedRequests = MaxQueuedRequests,
    };
}

namespace LlamaFp4.Native.Cpu;

/// <summary>How the embedded engine runs.</summary>
public sealed class CpuSessionOptions
{
    // Of threads and of requests; far beyond what a machine makes use of, and far below what overflows.
    private const int MaxParallel = 1024;

    /// <summary>The name the model presents itself under.</summary>
    /// <value><see langword="null"/> (default): the name of the checkpoint directory.</value>
    public string? ModelId { get; set; }

    /// <summary>Arithmetic of the linear layers.</summary>
    /// <value>Default: <see cref="CpuNumerics.Fast"/>.</value>
    public CpuNumerics Numerics { get; set; } = CpuNumerics.Fast;

    /// <summary>Whether the output head is computed from a copy in 8 bits, with a scale per row, instead of the checkpoint's BF16.</summary>
    /// <remarks>
    /// The head is half of the bytes a step of Llama 3.2 1B reads, and a fifth of those of 8B; in 8 bits there are half as many to read. The copy
    /// takes vocabulary · hidden size bytes of memory and is made when the checkpoint is loaded. Logits move by less than 1 % (relative, L2).
    /// Not available with <see cref="CpuNumerics.Exact"/>.
    /// </remarks>
    /// <value>Default: <see langword="false"/>.</value>
    public bool Int8OutputHead { get; set; }

    /// <summary>Threads that compute.</summary>
    /// <value>From 1 to 1,024. <see langword="null"/> (default): one per processor.</value>
    public int? ThreadCount { get; set; }

    /// <summary>Whether each computing thread is kept on a processor of its own, of those the process may use.</summary>
    /// <remarks>Steadier on a machine that serves nothing else; slower on one whose processors are busy, because a thread cannot move away. More threads than processors share them in turn.</remarks>
    /// <value>Default <see langword="false"/>. Possible on Linux and Windows.</value>
    public bool PinThreads { get; set; }

    /// <summary>Most tokens of prompt and answer together.</summary>
    /// <value>At least 1 and at most the checkpoint's own limit, which is the default (<see langword="null"/>); see also <see cref="KvCacheTokens"/>.</value>
    public int? ContextLength { get; set; }

    /// <summary>Most requests computed at once; further ones wait.</summary>
    /// <remarks>Each has its logits and activations allocated from the start: about 0.8 MB for Llama 3.1 8B, 1.5 MB for 405B.</remarks>
    /// <value>From 1 to 1,024; default 8.</value>
    public int MaxConcurrentRequests { get; set; } = 8;

    /// <summary>Most requests waiting; one more is refused with <see cref="Sessions.SessionOverloadedException"/>.</summary>
    /// <value>At least 0; default 1,024.</value>
    public int MaxQueuedRequests { get; set; } = 1024;

    /// <summary>Most tokens whose keys and values are held: those of running requests and the prefixes kept of earlier ones.</summary>
    /// <remarks>
    /// <para>A token costs 4 · layers · KV heads · head size bytes: 4 KB for the pocket model, 128 KB for Llama 3.1 8B; about half of
    /// that with <see cref="CpuKvCacheType.EightBit"/>. Memory is taken as it is first needed, in pages of 32 tokens.</para>
    /// <para>No request can be longer than the cache, so a small one also lowers <see cref="Sessions.ModelInfo.ContextLength"/>. When
    /// running requests outgrow it, the one that started last is set back and continues later with the same tokens.</para>
    /// </remarks>
    /// <value>
    /// At least 32. <see langword="null"/> (default): enough for <see cref="MaxConcurrentRequests"/> full contexts, but no more than a
    /// quarter of the memory available to the process.
    /// </value>
    public int? KvCacheTokens { get; set; }

    /// <summary>How keys and values are stored.</summary>
    /// <value>Default: <see cref="CpuKvCacheType.SixteenBit"/>, the only one possible with <see cref="CpuNumerics.Exact"/>.</value>
    public CpuKvCacheType KvCacheType { get; set; } = CpuKvCacheType.SixteenBit;

    /// <summary>Called before each step, on the engine's thread; what it throws fails the step. For tests.</summary>
    internal Action? StepStarting { get; set; }

    /// <summary>How many prompt tokens every step takes, whatever else is in it and however long it lasts. For tests that count steps.</summary>
    internal int? PrefillTokens { get; set; }

    /// <summary>The kernels to use instead of the best this machine supports. For tests.</summary>
    internal Kernels.KernelSet? Kernels { get; set; }

    internal void Validate()
    {
        RequireInRange(ThreadCount, nameof(ThreadCount));
        RequireAtLeast(ContextLength, 1, nameof(ContextLength));
        RequireInRange(MaxConcurrentRequests, nameof(MaxConcurrentRequests));
        RequireAtLeast(MaxQueuedRequests, 0, nameof(MaxQueuedRequests));
        RequireAtLeast(KvCacheTokens, KvCache.KvLayout.PageTokens, nameof(KvCacheTokens));
        if (PinThreads && !Scheduling.ThreadAffinity.IsSupported)
        {
            throw new PlatformNotSupportedException("PinThreads is possible on Linux and Windows only.");
        }

        if (!Enum.IsDefined(Numerics))
        {
            throw new ArgumentOutOfRangeException(nameof(Numerics), Numerics, "Numerics must be Fast or Exact.");
        }

        if (!Enum.IsDefined(KvCacheType))
        {
            throw new ArgumentOutOfRangeException(nameof(KvCacheType), KvCacheType, "KvCacheType must be SixteenBit or EightBit.");
        }

        if (Numerics == CpuNumerics.Exact && KvCacheType != CpuKvCacheType.SixteenBit)
        {
            throw new ArgumentOutOfRangeException(nameof(KvCacheType), KvCacheType, "KvCacheType must be SixteenBit with exact numerics.");
        }

        if (Int8OutputHead && Numerics == CpuNumerics.Exact)
        {
            throw new ArgumentOutOfRangeException(nameof(Int8OutputHead), Int8OutputHead, "Int8OutputHead must be false with exact numerics.");
        }
    }

    private static void RequireInRange(int? value, string name)
    {
        if (value is < 1 or > MaxParallel)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 1 to {MaxParallel}.");
        }
    }

    private static void RequireAtLeast(int? value, int least, string name)
    {
        if (value < least)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} or more.");
        }
    }
}

/// <summary>Arithmetic of the embedded engine's linear layers.</summary>
public enum CpuNumerics
{
    /// <summary>FP4 weights times activations quantised to 8-bit integers per block of 16: the fastest, and closer to the unquantised model than <see cref="Exact"/>.</summary>
    Fast,

    /// <summary>W4A4 as Blackwell computes it: weights and activations in FP4.</summary>
    Exact,
}

/// <summary>How the embedded engine stores keys and values.</summary>
public enum CpuKvCacheType
{
    /// <summary>BF16 numbers.</summary>
    SixteenBit,

    /// <summary>8-bit integers with a scale for each token and KV head: half the memory, so twice the context or the cached prefixes, and a little less exact.</summary>
    EightBit,
}

/// <summary>How far loading a checkpoint has come.</summary>
/// <param name="Fraction">0 … 1.</param>
/// <param name="Stage">What is being done, in words.</param>
public readonly record struct LoadProgress(double Fraction, string Stage);

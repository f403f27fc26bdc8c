using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>What <see cref="Preflight"/> checks this machine for.</summary>
public sealed class PreflightOptions
{
    /// <summary>The checkpoint that is to run. With <see cref="Endpoints"/> its weights may be missing here.</summary>
    /// <value><see langword="null"/> (default): none; the checks of a checkpoint are left out.</value>
    public string? CheckpointDirectory { get; set; }

    /// <summary>Servers that run, or are to run, the model.</summary>
    /// <value>Empty (default): none; the model is to run on this machine.</value>
    public IReadOnlyList<Uri> Endpoints { get; set; } = [];

    /// <summary>Sent to the endpoints as <c>Authorization: Bearer …</c>, for an authenticating proxy before them.</summary>
    /// <value><see langword="null"/> (default): none.</value>
    public string? BearerToken { get; set; }

    /// <summary>Over how many GPUs the model is split.</summary>
    /// <value>From 1. <see langword="null"/> (default): the largest power of two among the Blackwell GPUs of this machine.</value>
    public int? TensorParallelSize { get; set; }

    /// <summary>Most tokens of prompt and answer together: the server's <c>max_seq_len</c>.</summary>
    /// <value>At least 1. <see langword="null"/> (default): the checkpoint's own limit.</value>
    public int? ContextLength { get; set; }

    /// <summary>How many sequences of that length are to fit in the KV cache at once.</summary>
    /// <value>At least 1, the default.</value>
    public int ConcurrentRequests { get; set; } = 1;

    /// <summary>Format of the server's KV cache.</summary>
    /// <value>Default: <see cref="TrtLlmKvCacheType.Fp8"/>, as in <see cref="TrtLlmServerOptions"/>.</value>
    public TrtLlmKvCacheType KvCacheType { get; set; } = TrtLlmKvCacheType.Fp8;

    /// <summary>The ports a server of this machine is to listen on.</summary>
    /// <value>Each from 1 to 65,535. Default: 8000 (HTTP) and 50051 (gRPC).</value>
    public IReadOnlyList<int> Ports { get; set; } = [8000, 50051];

    /// <summary>Longest wait for an endpoint to answer, and for the one token that is generated.</summary>
    /// <value>Above zero, at most 24 days; default 30 seconds.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        if (CheckpointDirectory is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(CheckpointDirectory);
        }

        ArgumentNullException.ThrowIfNull(Endpoints);
        if (Endpoints.Contains(null!))
        {
            throw new ArgumentException("Endpoints must not hold null.", nameof(Endpoints));
        }

        ArgumentNullException.ThrowIfNull(Ports);
        RequireAtLeastOne(TensorParallelSize, nameof(TensorParallelSize));
        RequireAtLeastOne(ContextLength, nameof(ContextLength));
        RequireAtLeastOne(ConcurrentRequests, nameof(ConcurrentRequests));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Timeout, TimeSpan.FromDays(24)); // what timers take
        if (!Enum.IsDefined(KvCacheType))
        {
            throw new ArgumentOutOfRangeException(nameof(KvCacheType), KvCacheType, "KvCacheType is not one of the known types.");
        }

        foreach (var port in Ports)
        {
            if (port is < 1 or > 65535)
            {
                throw new ArgumentOutOfRangeException(nameof(Ports), port, "A port must be from 1 to 65,535.");
            }
        }
    }

    internal PreflightOptions Copy() => new()
    {
        CheckpointDirectory = CheckpointDirectory,
        Endpoints = [.. Endpoints],
        BearerToken = BearerToken,
        TensorParallelSize = TensorParallelSize,
        ContextLength = ContextLength,
        ConcurrentRequests = ConcurrentRequests,
        KvCacheType = KvCacheType,
        Ports = [.. Ports],
        Timeout = Timeout,
    };

    private static void RequireAtLeastOne(int? value, string name)
    {
        if (value < 1)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1.");
        }
    }
}

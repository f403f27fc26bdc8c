using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Extensions;

/// <summary>Which model answers, how it runs, and the defaults of its chat client. Plain data, bound from configuration.</summary>
/// <remarks>
/// An unkeyed client is bound from section <c>LlamaFp4</c>, a keyed one from <c>LlamaFp4:{key}</c>. Code wins over configuration, and a
/// request's own options win over both. Values are checked when the options are first read, at start-up in a host.
/// </remarks>
public sealed class LlamaFp4Options
{
    /// <summary>Checkpoint directory: <c>config.json</c>, <c>tokenizer.json</c> and safetensors files as NVIDIA ModelOpt exports them.</summary>
    /// <value>
    /// <see langword="null"/> (default): the pocket model, which is for demonstrations only. A relative path starts at the current directory.
    /// Not read by a client that has a session factory or session of its own.
    /// </value>
    public string? Model { get; set; }

    /// <summary>The model id reported to callers.</summary>
    /// <value><see langword="null"/> (default): the name of the checkpoint directory, or the session's own.</value>
    public string? ModelId { get; set; }

    /// <summary>Arithmetic of the linear layers.</summary>
    /// <value>Default: <see cref="CpuNumerics.Fast"/>.</value>
    public CpuNumerics Numerics { get; set; } = CpuNumerics.Fast;

    /// <summary>Threads that compute.</summary>
    /// <value>1 to 1,024. <see langword="null"/> (default): one per processor.</value>
    public int? ThreadCount { get; set; }

    /// <summary>Most tokens of prompt and answer together.</summary>
    /// <value>At least 1. <see langword="null"/> (default): the checkpoint's own limit.</value>
    public int? ContextLength { get; set; }

    /// <summary>Tokens that the KV cache holds, over all requests and the prefixes kept for reuse.</summary>
    /// <value>At least 32. <see langword="null"/> (default): enough for all full contexts, within a quarter of the available memory.</value>
    public int? KvCacheTokens { get; set; }

    /// <summary>Most requests computed at once; further ones wait.</summary>
    /// <value>1 to 1,024; default 8.</value>
    public int MaxConcurrentRequests { get; set; } = 8;

    /// <summary>Most requests waiting; one more is refused with <see cref="Native.Sessions.SessionOverloadedException"/>.</summary>
    /// <value>At least 0; default 1,024.</value>
    public int MaxQueuedRequests { get; set; } = 1024;

    /// <summary>Sampling temperature of requests that set none.</summary>
    /// <value>0 or more; 0 always takes the most likely token. <see langword="null"/> (default): the checkpoint's.</value>
    public float? Temperature { get; set; }

    /// <summary>Nucleus of requests that set none.</summary>
    /// <value>In (0, 1]. <see langword="null"/> (default): the checkpoint's.</value>
    public float? TopP { get; set; }

    /// <summary>Output limit, in tokens, of requests that set none.</summary>
    /// <value>At least 1. <see langword="null"/> (default): what the context leaves.</value>
    public int? MaxOutputTokens { get; set; }

    /// <summary>The date told to the model, for example <c>26 Jul 2024</c>.</summary>
    /// <value><see langword="null"/> (default): the fixed date of the model's own template, which keeps prompts stable across midnight.</value>
    public string? DateText { get; set; }

    /// <summary>Tells the model today's date, from the container's <see cref="TimeProvider"/> or else the system's, instead of a fixed one.</summary>
    /// <value>Default: <see langword="false"/>. Excludes <see cref="DateText"/>.</value>
    public bool UseCurrentDate { get; set; }

    /// <summary>Path of the section these options are bound from, so that messages can name the setting to change.</summary>
    internal string SectionPath { get; set; } = "";

    /// <summary>Configuration key of one of these options.</summary>
    internal string KeyOf(string option) => SectionPath.Length == 0 ? option : $"{SectionPath}:{option}";
}

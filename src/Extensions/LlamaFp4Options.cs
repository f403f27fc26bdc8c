using LlamaFp4.Extensions.Registration;
using LlamaFp4.Extensions.Validation;
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
    [NotEmpty("give a checkpoint directory, or leave it out for the pocket model")]
    public string? Model { get; set; }

    /// <summary>The model id reported to callers.</summary>
    /// <value><see langword="null"/> (default): the name of the checkpoint directory, or the session's own.</value>
    [NotEmpty("give a name, or leave it out for the checkpoint's own")]
    public string? ModelId { get; set; }

    /// <summary>Arithmetic of the linear layers.</summary>
    /// <value>Default: <see cref="CpuNumerics.Fast"/>.</value>
    [Named]
    public CpuNumerics Numerics { get; set; } = CpuNumerics.Fast;

    /// <summary>Threads that compute.</summary>
    /// <value>1 to 1,024. <see langword="null"/> (default): one per processor.</value>
    [Between(1, 1024)]
    public int? ThreadCount { get; set; }

    /// <summary>Whether each computing thread is kept on a processor of its own.</summary>
    /// <value>Default: <see langword="false"/>. Steadier on a machine that serves nothing else; possible on Linux and Windows.</value>
    public bool PinThreads { get; set; }

    /// <summary>Most tokens of prompt and answer together.</summary>
    /// <value>At least 1. <see langword="null"/> (default): the checkpoint's own limit.</value>
    [AtLeast(1)]
    public int? ContextLength { get; set; }

    /// <summary>Tokens that the KV cache holds, over all requests and the prefixes kept for reuse.</summary>
    /// <value>At least 32. <see langword="null"/> (default): enough for all full contexts, within a quarter of the available memory.</value>
    [AtLeast(32)]
    public int? KvCacheTokens { get; set; }

    /// <summary>Most requests computed at once; further ones wait.</summary>
    /// <value>1 to 1,024; default 8.</value>
    [Between(1, 1024)]
    public int MaxConcurrentRequests { get; set; } = 8;

    /// <summary>Most requests waiting; one more is refused with <see cref="Native.Sessions.SessionOverloadedException"/>.</summary>
    /// <value>At least 0; default 1,024.</value>
    [AtLeast(0)]
    public int MaxQueuedRequests { get; set; } = 1024;

    /// <summary>Sampling temperature of requests that set none.</summary>
    /// <value>0 or more; 0 always takes the most likely token. <see langword="null"/> (default): the checkpoint's.</value>
    [AtLeast(0)]
    public float? Temperature { get; set; }

    /// <summary>Nucleus of requests that set none.</summary>
    /// <value>In (0, 1]. <see langword="null"/> (default): the checkpoint's.</value>
    [Probability]
    public float? TopP { get; set; }

    /// <summary>Output limit, in tokens, of requests that set none.</summary>
    /// <value>At least 1. <see langword="null"/> (default): what the context leaves.</value>
    [AtLeast(1)]
    public int? MaxOutputTokens { get; set; }

    /// <summary>The date told to the model, for example <c>26 Jul 2024</c>.</summary>
    /// <value><see langword="null"/> (default): the fixed date of the model's own template, which keeps prompts stable across midnight.</value>
    public string? DateText { get; set; }

    /// <summary>Tells the model today's date, from the container's <see cref="TimeProvider"/> or else the system's, instead of a fixed one.</summary>
    /// <value>Default: <see langword="false"/>. Excludes <see cref="DateText"/>.</value>
    public bool UseCurrentDate { get; set; }

    /// <summary>When a host loads the model. Without a host the first request does.</summary>
    /// <value>Default: <see cref="ModelLoading.Background"/>. Not read by a client that has a session factory or session of its own.</value>
    [Named]
    public ModelLoading Loading { get; set; }

    /// <summary>
    /// Longest wait of a request for a model that is still loading; then it fails with <see cref="Native.Sessions.SessionUnavailableException"/>, and
    /// loading goes on.
    /// </summary>
    /// <value>
    /// Default: 5 minutes. Zero fails at once; <see cref="Timeout.InfiniteTimeSpan"/> (<c>-00:00:00.001</c>) waits until the request is cancelled.
    /// </value>
    [Wait]
    public TimeSpan ReadyTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Leaves out the health checks, which are otherwise among those of an application that calls <c>AddHealthChecks</c>.</summary>
    /// <value>Default: <see langword="false"/>: <c>llamafp4-live</c> and <c>llamafp4-ready</c>, with the key in the name of a keyed client's.</value>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Leaves out the OpenTelemetry middleware that the client of a host builder has.</summary>
    /// <value>Default: <see langword="false"/>. Clients added to a service collection have the middleware chained to them and no other.</value>
    public bool DisableTracing { get; set; }

    /// <summary>
    /// Lets texts of messages into telemetry: into the log at <see cref="Microsoft.Extensions.Logging.LogLevel.Trace"/>, and into the spans of a host
    /// builder's client.
    /// </summary>
    /// <value>Default: <see langword="false"/>: no prompt, answer, call argument or result is logged at any level.</value>
    public bool EnableSensitiveData { get; set; }

    /// <summary>Where options came from, so that messages can name the setting to change.</summary>
    internal OptionKeys Keys { get; } = new();

    /// <summary>What could not be read, for validation to report.</summary>
    internal List<string> Complaints { get; } = [];

    /// <summary>Configuration key of one of these options.</summary>
    internal string KeyOf(string option) => Keys.Of(option);
}

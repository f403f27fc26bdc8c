using LlamaFp4.Extensions.Registration;
using LlamaFp4.Extensions.Validation;
using LlamaFp4.Native.Cpu;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions;

/// <summary>Which model answers, how it runs, and the defaults of its chat client. Plain data, bound from configuration.</summary>
/// <remarks>
/// An unkeyed client is bound from section <c>LlamaFp4</c>, a keyed one from <c>LlamaFp4:{key}</c>. Code wins over configuration, and a
/// request's own options win over both. Values are checked when the options are first read, at start-up in a host.
/// </remarks>
public sealed class LlamaFp4Options
{
    /// <summary>Creates the defaults: the pocket model on the CPU.</summary>
    public LlamaFp4Options()
    {
        Connection = new LlamaFp4ConnectionOptions { Keys = Keys };
        Server = new LlamaFp4ServerOptions { Keys = Keys };
    }

    /// <summary>What runs the model.</summary>
    /// <value>Default: <see cref="LlamaFp4Engine.Auto"/>.</value>
    [Named]
    public LlamaFp4Engine Engine { get; set; }

    /// <summary>Checkpoint directory: <c>config.json</c>, <c>tokenizer.json</c> and safetensors files as NVIDIA ModelOpt exports them.</summary>
    /// <remarks>With <see cref="Endpoints"/> it is the checkpoint that the servers run, and its weights are not read.</remarks>
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

    /// <summary>Where <c>trtllm-serve</c> processes that run the model are reached. Requests go to the healthy one with the fewest of them.</summary>
    /// <remarks>
    /// The scheme names the wire format and whether it is encrypted: <c>smg://host:port</c>, <c>openengine://host:port</c> and <c>http://host:port</c> in
    /// the clear; <c>smgs</c>, <c>openengines</c> and <c>https</c> over TLS.
    /// </remarks>
    /// <value>Empty by default. All must run the checkpoint that <see cref="Model"/> names.</value>
    public IList<Uri> Endpoints { get; } = [];

    /// <summary>How the endpoints, or a server started here, are reached.</summary>
    [ValidateObjectMembers]
    public LlamaFp4ConnectionOptions Connection { get; }

    /// <summary>How a server is started on this machine.</summary>
    [ValidateObjectMembers]
    public LlamaFp4ServerOptions Server { get; }

    /// <summary>Arithmetic of the linear layers, on the CPU.</summary>
    /// <value>Default: <see cref="CpuNumerics.Fast"/>.</value>
    [Named]
    public CpuNumerics Numerics { get; set; } = CpuNumerics.Fast;

    /// <summary>Threads that compute, on the CPU.</summary>
    /// <value>1 to 1,024. <see langword="null"/> (default): one per processor.</value>
    [Between(1, 1024)]
    public int? ThreadCount { get; set; }

    /// <summary>Whether each computing thread is kept on a processor of its own, on the CPU.</summary>
    /// <value>Default: <see langword="false"/>. Steadier on a machine that serves nothing else; possible on Linux and Windows.</value>
    public bool PinThreads { get; set; }

    /// <summary>Most tokens of prompt and answer together.</summary>
    /// <value>At least 1. <see langword="null"/> (default): the checkpoint's own limit; of a server started here 32,768; of endpoints what they tell. HTTP endpoints tell nothing: give the <c>--max_seq_len</c> they were started with.</value>
    [AtLeast(1)]
    public int? ContextLength { get; set; }

    /// <summary>Tokens that the KV cache holds on the CPU, over all requests and the prefixes kept for reuse.</summary>
    /// <value>At least 32. <see langword="null"/> (default): enough for all full contexts, within a quarter of the available memory.</value>
    [AtLeast(32)]
    public int? KvCacheTokens { get; set; }

    /// <summary>How keys and values are stored, on the CPU.</summary>
    /// <value>Default: <see cref="CpuKvCacheType.SixteenBit"/>, the only one possible with <see cref="CpuNumerics.Exact"/>.</value>
    [Named]
    public CpuKvCacheType KvCacheType { get; set; } = CpuKvCacheType.SixteenBit;

    /// <summary>Most requests computed at once; further ones wait. With endpoints, of each.</summary>
    /// <value>1 to 65,536, on the CPU to 1,024. <see langword="null"/> (default): 8 on the CPU; what a server can take, or 256 if it does not tell.</value>
    [Between(1, 65_536)]
    public int? MaxConcurrentRequests { get; set; }

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
    /// <value>Default: <see cref="ModelLoading.Background"/>. A session factory of the application is called then.</value>
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
    /// <value>Default: <see langword="false"/>: this client logs no prompt, answer, call argument or result at any level. Middleware decides for itself.</value>
    public bool EnableSensitiveData { get; set; }

    /// <summary>Sets the embedded engine.</summary>
    /// <param name="model">Checkpoint directory; <see langword="null"/> for the pocket model.</param>
    /// <returns>These options.</returns>
    public LlamaFp4Options UseCpu(string? model = null)
    {
        (Engine, Model) = (LlamaFp4Engine.Cpu, model);
        Endpoints.Clear();
        return this;
    }

    /// <summary>Sets TensorRT-LLM.</summary>
    /// <param name="model">Checkpoint directory.</param>
    /// <param name="endpoints">Servers that run it; none to have one started on this machine.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException"><paramref name="model"/> is null or empty.</exception>
    public LlamaFp4Options UseTensorRtLlm(string model, params IEnumerable<Uri> endpoints)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(endpoints);
        (Engine, Model) = (LlamaFp4Engine.TensorRtLlm, model);
        Endpoints.Clear();
        foreach (var endpoint in endpoints)
        {
            Endpoints.Add(endpoint);
        }

        return this;
    }

    /// <summary>Where options came from, so that messages can name the setting to change.</summary>
    internal OptionKeys Keys { get; } = new();

    /// <summary>What could not be read, for validation to report.</summary>
    internal List<string> Complaints { get; } = [];

    /// <summary>Configuration key of one of these options.</summary>
    internal string KeyOf(string option) => Keys.Of(option);
}

using LlamaFp4.Extensions.Registration;
using LlamaFp4.Extensions.Validation;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Extensions;

/// <summary>How a <c>trtllm-serve</c> is started on this machine: section <c>Server</c> of <see cref="LlamaFp4Options"/>.</summary>
/// <remarks>
/// Where the executable is found is said by at most one of <see cref="ExecutablePath"/>, <see cref="VirtualEnvironment"/> and <see cref="DockerImage"/>. The
/// longest sequence is <see cref="LlamaFp4Options.ContextLength"/>, or 32,768 if that is not set.
/// </remarks>
public sealed class LlamaFp4ServerOptions
{
    /// <summary>Full path of <c>trtllm-serve</c>.</summary>
    /// <value><see langword="null"/> (default): searched on <c>PATH</c>.</value>
    [NotEmpty("give a path, or leave it out to have PATH searched")]
    public string? ExecutablePath { get; set; }

    /// <summary>Python virtual environment in which TensorRT-LLM is installed; its <c>bin/trtllm-serve</c> is started.</summary>
    /// <value><see langword="null"/> (default): none.</value>
    [NotEmpty("give a directory, or leave it out")]
    public string? VirtualEnvironment { get; set; }

    /// <summary>Container image, for example <c>nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc29</c>; started by <c>docker run</c>.</summary>
    /// <value><see langword="null"/> (default): no container.</value>
    [NotEmpty("give an image, or leave it out")]
    public string? DockerImage { get; set; }

    /// <summary>Indices of the GPUs to use, as <c>nvidia-smi</c> numbers them.</summary>
    /// <value>Empty (default): all that are visible.</value>
    public IList<int> Gpus { get; } = [];

    /// <summary>GPUs that share each layer.</summary>
    /// <value>1 to 64. <see langword="null"/> (default): as many as <see cref="Gpus"/> names, or else the largest power of two of the Blackwell GPUs found, at most 8; 8 if none is found.</value>
    [Between(1, 64)]
    public int? TensorParallelSize { get; set; }

    /// <summary>Format of the KV cache.</summary>
    /// <value>Default: <see cref="TrtLlmKvCacheType.Fp8"/>, half the memory of 16 bits.</value>
    [Named]
    public TrtLlmKvCacheType KvCacheType { get; set; } = TrtLlmKvCacheType.Fp8;

    /// <summary>Most tokens computed in one step, over all requests.</summary>
    /// <value>1 or more; default 8,192. Without <see cref="ChunkedPrefill"/> no prompt can be longer.</value>
    [AtLeast(1)]
    public int MaxTokensPerStep { get; set; } = 8192;

    /// <summary>Most requests computed at once; further ones wait.</summary>
    /// <value>1 to 4,096; default 64.</value>
    [Between(1, 4096)]
    public int MaxBatchSize { get; set; } = 64;

    /// <summary>Share of the GPU memory left after loading that becomes KV cache.</summary>
    /// <value>More than 0 and less than 1; default 0.9.</value>
    [Probability]
    public float FreeGpuMemoryFraction { get; set; } = 0.9f;

    /// <summary>Whether prompts that begin alike share their KV cache.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool PrefixCache { get; set; } = true;

    /// <summary>Whether long prompts are computed in parts, between the steps of other requests.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool ChunkedPrefill { get; set; } = true;

    /// <summary>What enforces guides. Without one the server ignores or refuses them.</summary>
    /// <value>Default: <see cref="TrtLlmGuidedDecoding.XGrammar"/>.</value>
    [Named]
    public TrtLlmGuidedDecoding GuidedDecoding { get; set; } = TrtLlmGuidedDecoding.XGrammar;

    /// <summary>Steps between two messages of a stream: 1 is smoothest, 2 to 5 carry more tokens per second.</summary>
    /// <value>1 or more; default 1.</value>
    [AtLeast(1)]
    public int StreamInterval { get; set; } = 1;

    /// <summary>Port to listen on, on the loopback interface only.</summary>
    /// <value>1 to 65,535. <see langword="null"/> (default): a free one. It stays the same over restarts.</value>
    [Between(1, 65_535)]
    public int? Port { get; set; }

    /// <summary>More arguments of <c>trtllm-serve</c>, behind all others. Passed as they are; no shell reads them.</summary>
    /// <value>Empty by default.</value>
    public IList<string> ExtraArguments { get; } = [];

    /// <summary>More environment variables of the server.</summary>
    /// <value>Empty by default.</value>
    public IDictionary<string, string> EnvironmentVariables { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long the server may take from its start until it answers: it reads the whole checkpoint.</summary>
    /// <value>Above zero; default: 30 minutes.</value>
    [Duration]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long running requests may take to end when the server is stopped; then it is killed.</summary>
    /// <value>Up to an hour; default: 15 seconds.</value>
    [Wait]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between the first crash and the restart; doubled with each further crash, up to a minute.</summary>
    /// <value>Above zero; default: 1 second.</value>
    [Duration]
    public TimeSpan RestartDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the options around these came from.</summary>
    internal OptionKeys Keys { get; init; } = new();

    internal string KeyOf(string option) => Keys.Of($"{nameof(LlamaFp4Options.Server)}:{option}");
}

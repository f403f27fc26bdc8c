namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>How <see cref="TrtLlmServer"/> starts <c>trtllm-serve</c> for one checkpoint, and how it watches over it.</summary>
/// <remarks>The defaults serve Llama 3.1 405B Instruct in NVFP4 on the eight GPUs of one B200 node; for four of them set
/// <see cref="TensorParallelSize"/> or <see cref="Gpus"/>. Where the executable is found is said by at most one of
/// <see cref="ExecutablePath"/>, <see cref="VirtualEnvironment"/> and <see cref="DockerImage"/>.</remarks>
public sealed partial class TrtLlmServerOptions
{
    /// <summary>Directory of the NVFP4 checkpoint as NVIDIA ModelOpt exports it.</summary>
    /// <value>Required.</value>
    public string ModelDirectory { get; set; } = "";

    /// <summary>What the server speaks. One process speaks one wire format.</summary>
    /// <value>
    /// Default: <see cref="TensorRtLlmTransport.Smg"/>; TensorRT-LLM 1.2.1 and older have <see cref="TensorRtLlmTransport.Http"/> only.
    /// <see cref="TensorRtLlmTransport.Auto"/> is not possible: somebody must say it.
    /// </value>
    public TensorRtLlmTransport Transport { get; set; } = TensorRtLlmTransport.Smg;

    /// <summary>Full path of <c>trtllm-serve</c>.</summary>
    /// <value><see langword="null"/> (default): searched on <c>PATH</c>.</value>
    public string? ExecutablePath { get; set; }

    /// <summary>Python virtual environment in which TensorRT-LLM is installed; its <c>bin/trtllm-serve</c> is started.</summary>
    /// <value><see langword="null"/> (default): none.</value>
    public string? VirtualEnvironment { get; set; }

    /// <summary>Container image, for example <c>nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc29</c>; started by <c>docker run</c>.</summary>
    /// <value><see langword="null"/> (default): no container.</value>
    public string? DockerImage { get; set; }

    /// <summary>Indices of the GPUs to use, as <c>nvidia-smi</c> numbers them.</summary>
    /// <value>Empty (default): all that are visible.</value>
    public IList<int> Gpus { get; set; } = [];

    /// <summary>GPUs that share each layer.</summary>
    /// <value>1 to 64. <see langword="null"/> (default): as many as <see cref="Gpus"/> names, or 8 if it names none.</value>
    public int? TensorParallelSize { get; set; }

    /// <summary>Format of the KV cache.</summary>
    /// <value>Default: <see cref="TrtLlmKvCacheType.Fp8"/>, half the memory of 16 bits.</value>
    public TrtLlmKvCacheType KvCacheType { get; set; } = TrtLlmKvCacheType.Fp8;

    /// <summary>Most tokens of prompt and answer together.</summary>
    /// <value>2 or more; default 32,768. Llama 3.1 goes up to 131,072.</value>
    public int MaxSequenceLength { get; set; } = 32_768;

    /// <summary>Most tokens computed in one step, over all requests.</summary>
    /// <value>1 or more; default 8,192. Without <see cref="ChunkedPrefill"/> no prompt can be longer.</value>
    public int MaxTokensPerStep { get; set; } = 8192;

    /// <summary>Most requests computed at once; further ones wait in the server.</summary>
    /// <value>1 to 4,096; default 64.</value>
    public int MaxBatchSize { get; set; } = 64;

    /// <summary>Share of the GPU memory left after loading that becomes KV cache.</summary>
    /// <value>Greater than 0 and less than 1; default 0.9.</value>
    public double FreeGpuMemoryFraction { get; set; } = 0.9;

    /// <summary>Whether prompts that begin alike share their KV cache.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool PrefixCache { get; set; } = true;

    /// <summary>Whether long prompts are computed in parts, between the steps of other requests.</summary>
    /// <value>Default: <see langword="true"/>.</value>
    public bool ChunkedPrefill { get; set; } = true;

    /// <summary>What enforces guides. Without one the server ignores or refuses them.</summary>
    /// <value>Default: <see cref="TrtLlmGuidedDecoding.XGrammar"/>.</value>
    public TrtLlmGuidedDecoding GuidedDecoding { get; set; } = TrtLlmGuidedDecoding.XGrammar;

    /// <summary>Steps between two messages of a stream: 1 is smoothest, 2 to 5 carry more tokens per second.</summary>
    /// <value>1 or more; default 1.</value>
    public int StreamInterval { get; set; } = 1;

    /// <summary>Port to listen on, on the loopback interface only.</summary>
    /// <value>1 to 65,535. <see langword="null"/> (default): a free one. It stays the same over restarts.</value>
    public int? Port { get; set; }

    /// <summary>More arguments of <c>trtllm-serve</c>, behind all others. Passed as they are; no shell reads them.</summary>
    /// <value>Empty by default.</value>
    public IList<string> ExtraArguments { get; set; } = [];

    /// <summary>More environment variables of the server.</summary>
    /// <value>Empty by default. <c>TRTLLM_NO_USAGE_STATS=1</c> and <c>CUDA_VISIBLE_DEVICES</c> (from <see cref="Gpus"/>) are set unless given here.</value>
    public IDictionary<string, string> EnvironmentVariables { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long the server may take from its start until it answers: it reads the whole checkpoint.</summary>
    /// <value>Greater than zero; default 30 minutes.</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long running requests may take to end when the server is stopped; then it is killed.</summary>
    /// <value>Up to an hour, in whole seconds (rounded up); default 15 seconds.</value>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between the first crash and the restart; doubled with each further crash.</summary>
    /// <value>Greater than zero; default 1 second.</value>
    public TimeSpan RestartDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time between a crash and the restart.</summary>
    /// <value>At least <see cref="RestartDelay"/>; default 1 minute.</value>
    public TimeSpan MaxRestartDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>After answering this long the server counts as stable: the next crash begins with <see cref="RestartDelay"/> again.</summary>
    /// <value>Zero or more; default 10 minutes.</value>
    public TimeSpan StableTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Clock of deadlines and delays.</summary>
    /// <value>Default: <see cref="System.TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal int EffectiveTensorParallelSize => TensorParallelSize ?? (Gpus.Count > 0 ? Gpus.Count : 8);

    /// <summary>The same options, out of reach of later changes.</summary>
    internal TrtLlmServerOptions Copy()
    {
        var copy = (TrtLlmServerOptions)MemberwiseClone();
        copy.Gpus = [.. Gpus];
        copy.ExtraArguments = [.. ExtraArguments];
        copy.EnvironmentVariables = new Dictionary<string, string>(EnvironmentVariables, StringComparer.Ordinal);
        return copy;
    }
}

/// <summary>Formats of the KV cache.</summary>
public enum TrtLlmKvCacheType
{
    /// <summary>What the checkpoint says, else 16 bits.</summary>
    Auto,

    /// <summary>8-bit floats.</summary>
    Fp8,

    /// <summary>NVFP4; newest releases only.</summary>
    NvFp4,
}

/// <summary>What enforces guides in the server.</summary>
public enum TrtLlmGuidedDecoding
{
    /// <summary>Nothing: no guides.</summary>
    None,

    /// <summary>XGrammar: every guide.</summary>
    XGrammar,

    /// <summary>llguidance: no structural tags, so no tool calls.</summary>
    LLGuidance,
}

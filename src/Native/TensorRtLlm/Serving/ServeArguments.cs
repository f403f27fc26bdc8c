using System.Globalization;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>The arguments of <c>trtllm-serve</c>, and the settings that it takes from a YAML file only.</summary>
internal static class ServeArguments
{
    /// <param name="options">What to serve.</param>
    /// <param name="host">Interface to listen on.</param>
    /// <param name="port">Port to listen on.</param>
    /// <param name="configurationPath">Where the server finds the text of <see cref="ToYaml"/>.</param>
    public static IReadOnlyList<string> Create(TrtLlmServerOptions options, string host, int port, string configurationPath) =>
    [
        "serve", Path.GetFullPath(options.ModelDirectory),
        "--backend", "pytorch",
        .. TransportArguments(options.Transport),
        "--host", host,
        "--port", Text(port),
        "--tp_size", Text(options.EffectiveTensorParallelSize),
        "--max_seq_len", Text(options.MaxSequenceLength),
        "--max_num_tokens", Text(options.MaxTokensPerStep),
        "--max_batch_size", Text(options.MaxBatchSize),

        // The older of two spellings of one option; releases before 1.2 have only this one.
        "--extra_llm_api_options", configurationPath,
        .. options.ExtraArguments,
    ];

    public static string ToYaml(TrtLlmServerOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        kv_cache_config:
          dtype: {ToDType(options.KvCacheType)}
          free_gpu_memory_fraction: {options.FreeGpuMemoryFraction}
          enable_block_reuse: {ToBoolean(options.PrefixCache)}
        enable_chunked_prefill: {ToBoolean(options.ChunkedPrefill)}
        guided_decoding_backend: {ToBackend(options.GuidedDecoding)}
        stream_interval: {options.StreamInterval}
        cuda_graph_config:
          enable_padding: true
          max_batch_size: {options.MaxBatchSize}
        scheduler_config:
          capacity_scheduler_policy: GUARANTEED_NO_EVICT

        """);

    // SMG is the default of --grpc, and releases that know nothing else do not know --grpc-protocol.
    private static string[] TransportArguments(TensorRtLlmTransport transport) => transport switch
    {
        TensorRtLlmTransport.Smg => ["--grpc"],
        TensorRtLlmTransport.OpenEngine => ["--grpc", "--grpc-protocol", "openengine", "--openengine-enable-load-metrics"],
        _ => [],
    };

    private static string ToDType(TrtLlmKvCacheType type) => type switch
    {
        TrtLlmKvCacheType.Fp8 => "fp8",
        TrtLlmKvCacheType.NvFp4 => "nvfp4",
        _ => "auto",
    };

    private static string ToBackend(TrtLlmGuidedDecoding backend) => backend switch
    {
        TrtLlmGuidedDecoding.XGrammar => "xgrammar",
        TrtLlmGuidedDecoding.LLGuidance => "llguidance",
        _ => "null",
    };

    private static string ToBoolean(bool value) => value ? "true" : "false";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

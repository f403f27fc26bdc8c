using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

public sealed class ServeArgumentsTests
{
    [Fact]
    public void Create_Defaults_ServeEightGpusOverSmg()
    {
        var arguments = ServeArguments.Create(new TrtLlmServerOptions { ModelDirectory = "/models/llama" }, "127.0.0.1", 50051, "/run/serve.yaml");

        Assert.Equal(
            "serve /models/llama --backend pytorch --grpc --host 127.0.0.1 --port 50051 --tp_size 8 --max_seq_len 32768 --max_num_tokens 8192 --max_batch_size 64 --extra_llm_api_options /run/serve.yaml",
            string.Join(' ', arguments));
    }

    [Theory]
    [InlineData(TensorRtLlmTransport.Smg, "pytorch --grpc --host")]
    [InlineData(TensorRtLlmTransport.OpenEngine, "pytorch --grpc --grpc-protocol openengine --openengine-enable-load-metrics --host")]
    [InlineData(TensorRtLlmTransport.Http, "pytorch --host")]
    public void Create_Transport_ChoosesItsSwitches(TensorRtLlmTransport transport, string expected)
    {
        var options = new TrtLlmServerOptions { ModelDirectory = "/models/llama", Transport = transport };

        Assert.Contains(expected, string.Join(' ', ServeArguments.Create(options, "127.0.0.1", 8000, "c.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_FourGpusNamed_ShareEachLayer()
    {
        var options = new TrtLlmServerOptions { ModelDirectory = "/models/llama", Gpus = [4, 5, 6, 7] };

        Assert.Contains("--tp_size 4 ", string.Join(' ', ServeArguments.Create(options, "127.0.0.1", 8000, "c.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ExtraArguments_ComeLastAndUnchanged()
    {
        var options = new TrtLlmServerOptions { ModelDirectory = "/models/llama", ExtraArguments = ["--log_level", "debug", "a b"] };

        Assert.Equal(["--log_level", "debug", "a b"], ServeArguments.Create(options, "127.0.0.1", 8000, "c.yaml").TakeLast(3));
    }

    [Fact]
    public void ToYaml_Defaults_AreThoseOfTheLargeModel()
    {
        var yaml = ServeArguments.ToYaml(new TrtLlmServerOptions { ModelDirectory = "/models/llama" });

        Assert.Equal(
            """
            kv_cache_config:
              dtype: fp8
              free_gpu_memory_fraction: 0.9
              enable_block_reuse: true
            enable_chunked_prefill: true
            guided_decoding_backend: xgrammar
            stream_interval: 1
            cuda_graph_config:
              enable_padding: true
              max_batch_size: 64
            scheduler_config:
              capacity_scheduler_policy: GUARANTEED_NO_EVICT

            """,
            yaml);
    }

    [Fact]
    public void ToYaml_EverythingChanged_IsWrittenInvariantly()
    {
        var options = new TrtLlmServerOptions
        {
            ModelDirectory = "/models/llama",
            KvCacheType = TrtLlmKvCacheType.Auto,
            FreeGpuMemoryFraction = 0.875,
            PrefixCache = false,
            ChunkedPrefill = false,
            GuidedDecoding = TrtLlmGuidedDecoding.None,
            StreamInterval = 4,
            MaxBatchSize = 256,
        };

        Assert.Equal(
            """
            kv_cache_config:
              dtype: auto
              free_gpu_memory_fraction: 0.875
              enable_block_reuse: false
            enable_chunked_prefill: false
            guided_decoding_backend: null
            stream_interval: 4
            cuda_graph_config:
              enable_padding: true
              max_batch_size: 256
            scheduler_config:
              capacity_scheduler_policy: GUARANTEED_NO_EVICT

            """,
            ServeArguments.ToYaml(options));
    }
}

namespace LlamaFp4.Extensions;

/// <summary>What runs a model.</summary>
public enum LlamaFp4Engine
{
    /// <summary>
    /// The configured endpoints, if there are any; else a <c>trtllm-serve</c> of this machine, if it is installed, the machine has a Blackwell GPU and a
    /// checkpoint is named; else the CPU. The choice is logged.
    /// </summary>
    Auto,

    /// <summary>The embedded engine, on the CPU.</summary>
    Cpu,

    /// <summary>TensorRT-LLM: at the configured endpoints, or started on this machine if there are none.</summary>
    TensorRtLlm,
}

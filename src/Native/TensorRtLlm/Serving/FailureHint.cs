namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>What to do about failures that the server's own words leave unclear.</summary>
internal static class FailureHint
{
    private static readonly (string Text, string Hint)[] Hints =
    [
        ("No such option: --grpc-protocol", "This release does not know OpenEngine: use 1.3.0rc27 or newer, or another Transport."),
        ("No such option: --grpc", "This release has no gRPC: set Transport to Http."),
        ("No such option: --openengine", "This release does not know OpenEngine: use 1.3.0rc27 or newer, or another Transport."),
        ("smg_grpc_proto", "Install the package of SMG where TensorRT-LLM is: pip install \"smg-grpc-proto>=0.4.2\"."),
        ("No module named 'openengine", "Install the bindings where TensorRT-LLM is: pip install --extra-index-url https://buf.build/gen/python \"tensorrt_llm[openengine]\"."),
        ("No GPU devices found", "The server sees no GPU: check the driver (nvidia-smi), CUDA_VISIBLE_DEVICES and, in a container, the NVIDIA container toolkit."),
        ("could not select device driver", "Docker cannot pass GPUs on: install the NVIDIA container toolkit."),
        ("out of memory", "The GPUs have too little memory: use more of them (TensorParallelSize), or lower FreeGpuMemoryFraction, MaxBatchSize or MaxTokensPerStep."),
        ("Cannot connect to the Docker daemon", "Start the docker daemon, or set ExecutablePath or VirtualEnvironment to a TensorRT-LLM on this machine."),
    ];

    /// <returns>A sentence with a space before it, or nothing.</returns>
    public static string For(IReadOnlyList<string> output)
    {
        var match = Array.Find(Hints, hint => output.Any(line => line.Contains(hint.Text, StringComparison.OrdinalIgnoreCase)));
        return match.Hint is null ? "" : $" {match.Hint}";
    }

    public static bool IsPortTaken(IReadOnlyList<string> output) => output.Any(line =>
        line.Contains("Failed to bind", StringComparison.OrdinalIgnoreCase)
        || line.Contains("address already in use", StringComparison.OrdinalIgnoreCase)
        || line.Contains("port is already allocated", StringComparison.OrdinalIgnoreCase));
}

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>The wire format spoken with a <c>trtllm-serve</c> process.</summary>
public enum TensorRtLlmTransport
{
    /// <summary>By the endpoint's scheme; for <c>http</c> and <c>https</c> by asking the server.</summary>
    Auto,

    /// <summary>gRPC service <c>trtllm.TrtllmService</c>: the default of <c>trtllm-serve --grpc</c>, from 1.3.0rc14 on.</summary>
    Smg,

    /// <summary>gRPC services <c>openengine.v1</c>, revision 0.1.0: <c>trtllm-serve --grpc --grpc-protocol openengine</c>, from 1.3.0rc27 on.</summary>
    OpenEngine,

    /// <summary>HTTP <c>/v1/completions</c> with token ids: any <c>trtllm-serve</c>, the only one of the stable 1.2.1.</summary>
    Http,
}

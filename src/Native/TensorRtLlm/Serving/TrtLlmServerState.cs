namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>What a <see cref="TrtLlmServer"/> is doing.</summary>
public enum TrtLlmServerState
{
    /// <summary>It loads the model and does not answer yet.</summary>
    Starting,

    /// <summary>It answers.</summary>
    Ready,

    /// <summary>It has crashed, and is started again after a delay.</summary>
    Restarting,

    /// <summary>It has been stopped.</summary>
    Stopped,
}

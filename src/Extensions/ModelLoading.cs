namespace LlamaFp4.Extensions;

/// <summary>When a host loads the model.</summary>
public enum ModelLoading
{
    /// <summary>
    /// While and after the host starts. A web server answers its health checks meanwhile, and requests wait for the model. If loading fails, the host
    /// stops, and its run ends with the reason.
    /// </summary>
    Background,

    /// <summary>Before the host has started: its start waits for the model, and fails with the reason if loading does.</summary>
    BeforeStart,

    /// <summary>When the first request comes. If loading fails, the request does, and the next one tries again.</summary>
    OnFirstRequest,
}

namespace LlamaFp4.Native.Sessions;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token was generated, or the guide was complete and the request has no stop tokens.</summary>
    Stop,

    /// <summary>The limit of new tokens was reached, or the context is full.</summary>
    Length,
}

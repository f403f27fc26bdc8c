namespace LlamaFp4.Native.Sessions;

/// <summary>The engine's queue is full. Nothing was generated; trying again later may succeed.</summary>
public sealed class SessionOverloadedException : LlamaFp4Exception
{
    /// <summary>Creates the exception.</summary>
    public SessionOverloadedException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    public SessionOverloadedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public SessionOverloadedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

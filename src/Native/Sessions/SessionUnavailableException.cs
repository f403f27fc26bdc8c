namespace LlamaFp4.Native.Sessions;

/// <summary>The engine cannot be reached or has not started. Nothing was generated.</summary>
public sealed class SessionUnavailableException : LlamaFp4Exception
{
    /// <summary>Creates the exception.</summary>
    public SessionUnavailableException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    public SessionUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public SessionUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

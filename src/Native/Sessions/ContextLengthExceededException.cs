namespace LlamaFp4.Native.Sessions;

/// <summary>Prompt and requested tokens are more than the context holds. Nothing was generated.</summary>
public sealed class ContextLengthExceededException : LlamaFp4Exception
{
    /// <summary>Creates the exception.</summary>
    public ContextLengthExceededException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    public ContextLengthExceededException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public ContextLengthExceededException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

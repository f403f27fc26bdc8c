namespace LlamaFp4.Native.Sessions;

/// <summary>The engine failed while it generated. Tokens may have been delivered before.</summary>
public sealed class GenerationFailedException : LlamaFp4Exception
{
    /// <summary>Creates the exception.</summary>
    public GenerationFailedException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    public GenerationFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public GenerationFailedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

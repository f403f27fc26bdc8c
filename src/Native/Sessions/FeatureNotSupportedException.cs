namespace LlamaFp4.Native.Sessions;

/// <summary>The request asks for something the engine cannot do; the message names it. Nothing was generated.</summary>
public sealed class FeatureNotSupportedException : LlamaFp4Exception
{
    /// <summary>Creates the exception.</summary>
    public FeatureNotSupportedException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    public FeatureNotSupportedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public FeatureNotSupportedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

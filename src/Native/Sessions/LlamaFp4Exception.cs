namespace LlamaFp4.Native.Sessions;

/// <summary>Base of every failure that is neither a bad argument nor a cancellation.</summary>
public class LlamaFp4Exception : Exception
{
    /// <summary>Creates the exception.</summary>
    public LlamaFp4Exception()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    public LlamaFp4Exception(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public LlamaFp4Exception(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

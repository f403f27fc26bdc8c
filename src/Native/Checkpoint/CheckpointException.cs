using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Checkpoint;

/// <summary>A checkpoint cannot be used: the message names file, tensor and what was expected.</summary>
public sealed class CheckpointException : LlamaFp4Exception
{
    /// <summary>Creates the exception.</summary>
    public CheckpointException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what was expected.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public CheckpointException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for a file, and a tensor in it.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="tensor">Name of the tensor, if it is about one.</param>
    /// <param name="message">What is wrong and what was expected.</param>
    /// <param name="innerException">What was underneath.</param>
    public CheckpointException(string file, string? tensor, string message, Exception? innerException = null)
        : base(tensor is null ? $"{file}: {message}" : $"{file}, tensor '{tensor}': {message}", innerException)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>Path of the file, if it is about one.</summary>
    public string? File { get; }

    /// <summary>Name of the tensor, if it is about one.</summary>
    public string? Tensor { get; }
}

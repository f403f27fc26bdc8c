namespace LlamaFp4.StandIns;

/// <summary>The stand-in was told to break the stream off here.</summary>
internal sealed class StandInBreakException : Exception;

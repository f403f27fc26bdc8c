namespace LlamaFp4.Bench.Wire;

/// <summary>What came of a stream.</summary>
/// <param name="Messages">Messages with tokens.</param>
/// <param name="Waits">How often the reader had to wait for more; what gathers meanwhile it then gets without waiting.</param>
internal readonly record struct WireRead(int Messages, int Waits);

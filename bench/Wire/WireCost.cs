namespace LlamaFp4.Bench.Wire;

/// <summary>What a path costs with so many streams at once. CPU and memory are the client's alone; the stand-in is another process.</summary>
/// <param name="Path">What the streams go over.</param>
/// <param name="Streams">How many at once.</param>
/// <param name="TokensPerSecond">All streams together, with the stand-in on the same machine.</param>
/// <param name="CpuMicrosecondsPerToken">Processor time of the client process.</param>
/// <param name="BytesPerToken">Allocated by the client process.</param>
/// <param name="MemoryMegabytes">Working set of the client process at the end.</param>
/// <param name="MedianLatencyMicroseconds">From the moment of sending to the consumer, at 20 messages a second and stream.</param>
/// <param name="HighLatencyMicroseconds">The same at the 99th percentile.</param>
internal sealed record WireCost(
    string Path,
    int Streams,
    double TokensPerSecond,
    double CpuMicrosecondsPerToken,
    double BytesPerToken,
    double MemoryMegabytes,
    double MedianLatencyMicroseconds,
    double HighLatencyMicroseconds)
{
    public double TokensPerCpuSecond => 1e6 / CpuMicrosecondsPerToken;
}

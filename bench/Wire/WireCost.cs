namespace LlamaFp4.Bench.Wire;

/// <summary>What a path costs with so many streams at once. CPU and memory are the client's alone; the stand-in is another process.</summary>
/// <param name="Path">What the streams go over.</param>
/// <param name="Streams">How many at once.</param>
/// <param name="Flood">Tokens as fast as they are asked for.</param>
/// <param name="Paced">Tokens at the pace of an engine.</param>
internal sealed record WireCost(string Path, int Streams, FloodCost Flood, PacedCost Paced);

/// <summary>What a token costs when the server emits as fast as it can.</summary>
/// <param name="TokensPerSecond">All streams together, with the stand-in on the same machine.</param>
/// <param name="TokensPerWait">How many came each time a stream's reader had to wait. What has gathered comes cheaper: paths compare where this is alike.</param>
/// <param name="CpuMicroseconds">Processor time of the client process, per token.</param>
/// <param name="AllocatedBytes">Allocated by the client process, per token.</param>
/// <param name="MemoryMegabytes">Working set of the client process at the end; what the paths before have left is in it.</param>
internal sealed record FloodCost(double TokensPerSecond, double TokensPerWait, double CpuMicroseconds, double AllocatedBytes, double MemoryMegabytes)
{
    public double TokensPerCpuSecond => 1e6 / CpuMicroseconds;
}

/// <summary>What a message costs when each stream gets one at each step of an engine, so that each comes alone.</summary>
/// <param name="CpuMicroseconds">Processor time of the client process, per message.</param>
/// <param name="MedianLatencyMicroseconds">From the engine's step to the consumer; 0 where messages are not read.</param>
/// <param name="HighLatencyMicroseconds">The same at the 99th percentile.</param>
internal sealed record PacedCost(double CpuMicroseconds, double MedianLatencyMicroseconds, double HighLatencyMicroseconds);

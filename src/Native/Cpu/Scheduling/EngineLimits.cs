namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>How much the engine takes on.</summary>
/// <param name="ContextLength">Most tokens of one request, prompt and answer.</param>
/// <param name="Concurrent">Most requests computed at once.</param>
/// <param name="Queued">Most requests waiting.</param>
/// <param name="PrefillTokens">Most prompt tokens computed in one step, so that running requests are not kept waiting.</param>
internal sealed record EngineLimits(int ContextLength, int Concurrent, int Queued, int PrefillTokens);

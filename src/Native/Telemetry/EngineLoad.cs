namespace LlamaFp4.Native.Telemetry;

/// <summary>How busy an engine is at one moment; null for what it does not know.</summary>
/// <param name="Waiting">Requests in the queue.</param>
/// <param name="Running">Requests being computed.</param>
/// <param name="KvCacheUsage">Part of the KV cache that running requests use, 0 … 1.</param>
/// <param name="KvCacheFilled">Part that holds something, cached prefixes included, 0 … 1.</param>
internal readonly record struct EngineLoad(int? Waiting, int? Running, double? KvCacheUsage, double? KvCacheFilled);

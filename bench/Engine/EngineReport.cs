using System.Globalization;
using System.Text.Json;
using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Bench.Engine;

/// <summary>All that a run of the bench found out, as a table or as JSON.</summary>
internal sealed record EngineReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public required string Model { get; init; }
    public required string Machine { get; init; }
    public required string KvCache { get; init; }
    public required string LogitsHash { get; init; }
    public required long CheckpointBytes { get; init; }

    /// <summary>Weights that decoding one token reads.</summary>
    public required long WeightBytesPerToken { get; init; }

    /// <summary>Multiplications and additions of the linear layers for one token.</summary>
    public required long OperationsPerToken { get; init; }

    public required double LoadSeconds { get; init; }
    public required IReadOnlyList<MachineLimits> Limits { get; init; }
    public required IReadOnlyList<EngineRow> Rows { get; init; }
    public required MemoryReading Memory { get; init; }
    public Pace? Pace { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Indented);

    public string ToTable() => string.Join(Environment.NewLine,
    [
        Text($"{Model} on {Machine}; KV cache {KvCache}; logits {LogitsHash}"),
        Text($"checkpoint {CheckpointBytes / 1e6:N0} MB, {WeightBytesPerToken / 1e6:N1} MB and {OperationsPerToken / 1e6:N0} M operations per token; loaded from the page cache in {LoadSeconds:F2} s"),
        "",
        "| threads | read, GB/s | float32, GFLOP/s | int8, Gop/s |",
        "|--:|--:|--:|--:|",
        .. Limits.Select(limit => Text(
            $"| {limit.Threads} | {limit.ReadBytesPerSecond / 1e9:F1} | {limit.FloatOperationsPerSecond / 1e9:F0} | {limit.Int8OperationsPerSecond / 1e9:F0} |")),
        "",
        "| work | numerics | threads | streams | tokens | tok/s | limit, tok/s | of it | set by | allocated, B/token |",
        "|---|---|--:|--:|--:|--:|--:|--:|---|--:|",
        .. Rows.Select(row => Text(
            $"| {row.Work} | {row.Numerics} | {row.Threads} | {row.Streams} | {row.Tokens} | {row.TokensPerSecond:N1} | {row.Limit:N1} | {row.TokensPerSecond / row.Limit:P0} | {row.SetBy} | {(row.Work == "decode" ? Text($"{row.AllocatedPerToken:F1}") : "")} |")),
        "",
        .. Pace is null ? (ReadOnlySpan<string>)[] : [Text($"a running stream's time between tokens: {Pace.Alone * 1e3:F2} ms; while {Pace.PromptTokens} prompt tokens are read beside it, in {Pace.Steps} steps: median {Pace.Beside * 1e3:F2} ms ({Pace.Beside / Pace.Alone:F1} ×), 95 % below {Pace.BesideSlow * 1e3:F2} ms")],
        Text($"resident with one context of {Memory.ContextTokens} tokens: {Memory.ResidentBytes / 1e6:N0} MB, of it mapped files {Memory.FileBytes / 1e6:N0} MB, KV cache {Memory.KvBytes / 1e6:N0} MB, managed heap {Memory.ManagedBytes / 1e6:N1} MB;"),
        Text($"that is {Memory.ResidentBytes / (double)(CheckpointBytes + Memory.KvBytes):F2} × (checkpoint + KV cache)"),
    ]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One line: some work, and the fastest this machine could do it.</summary>
/// <param name="Work">prefill or decode.</param>
/// <param name="Numerics">Arithmetic.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Streams">Requests at once.</param>
/// <param name="Tokens">Tokens of each.</param>
/// <param name="TokensPerSecond">Of all streams together.</param>
/// <param name="Limit">Tokens per second if nothing but the bound counted.</param>
/// <param name="SetBy">What sets the limit.</param>
/// <param name="AllocatedPerToken">Bytes of garbage.</param>
internal sealed record EngineRow(
    string Work, CpuNumerics Numerics, int Threads, int Streams, int Tokens, double TokensPerSecond, double Limit, string SetBy, double AllocatedPerToken);

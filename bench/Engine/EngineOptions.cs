using System.Globalization;
using LlamaFp4.Native.Cpu;

namespace LlamaFp4.Bench.Engine;

/// <summary>What to measure.</summary>
internal sealed record EngineOptions
{
    public EngineShape Shape { get; init; } = EngineShape.Named("pocket");

    /// <summary>A checkpoint to measure instead of a random one.</summary>
    public string? Directory { get; init; }

    public CpuNumerics Numerics { get; init; }

    public bool Int8Head { get; init; }

    public CpuKvCacheType KvCacheType { get; init; }

    public IReadOnlyList<int> Threads { get; init; } = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];

    public IReadOnlyList<int> Streams { get; init; } = [1, 4, 8];

    public int? PromptTokens { get; init; }

    public int? NewTokens { get; init; }

    public bool PinThreads { get; init; }

    public bool AsJson { get; init; }

    /// <param name="arguments">Options and their values.</param>
    /// <param name="unused">Options that the command has no use for.</param>
    public static EngineOptions Parse(IReadOnlyList<string> arguments, params IReadOnlyCollection<string> unused)
    {
        var options = new EngineOptions();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var name))
        {
            options = name switch
            {
                _ when unused.Contains(name) => throw new ArgumentException($"'{name}' goes with another command."),
                "--json" => options with { AsJson = true },
                "--pin" => options with { PinThreads = true },
                _ => options.With(name, rest.TryDequeue(out var value) ? value : throw new ArgumentException($"'{name}' has no value.")),
            };
        }

        return options;
    }

    private EngineOptions With(string name, string value) => name switch
    {
        "--model" => this with { Directory = value },
        "--shape" => this with { Shape = EngineShape.Named(value) },
        "--context" => this with { Shape = Shape.WithContext(Number(value)) },
        "--numerics" => this with { Numerics = Enum.Parse<CpuNumerics>(value, ignoreCase: true) },
        "--head" => this with { Int8Head = value == "int8" },
        "--kv" => this with { KvCacheType = Number(value) == 8 ? CpuKvCacheType.EightBit : CpuKvCacheType.SixteenBit },
        "--threads" => this with { Threads = Numbers(value) },
        "--streams" => this with { Streams = Numbers(value) },
        "--prompt" => this with { PromptTokens = Number(value) },
        "--tokens" => this with { NewTokens = Number(value) },
        _ => throw new ArgumentException($"Unknown option '{name}'."),
    };

    private static int[] Numbers(string text) => [.. text.Split(',').Select(Number)];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

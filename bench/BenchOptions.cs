using System.Globalization;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Bench;

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    /// <summary>The shape of the pocket model.</summary>
    private static readonly RandomCheckpoint Pocket = new()
    {
        VocabularySize = 4096,
        HiddenSize = 384,
        IntermediateSize = 1024,
        LayerCount = 8,
        HeadCount = 6,
        KvHeadCount = 2,
        HeadSize = 64,
        ContextLength = 2048,
        TieWordEmbeddings = true,
    };

    public string? Directory { get; init; }

    public RandomCheckpoint Shape { get; init; } = Pocket;

    public CpuNumerics Numerics { get; init; }

    public bool Int8Head { get; init; }

    public IReadOnlyList<int> Threads { get; init; } = [1, Environment.ProcessorCount];

    public int PromptTokens { get; init; } = 512;

    public int NewTokens { get; init; } = 128;

    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions();
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--model" => options with { Directory = value },
                "--shape" => options with { Shape = ShapeOf(value) },
                "--numerics" => options with { Numerics = Enum.Parse<CpuNumerics>(value, ignoreCase: true) },
                "--head" => options with { Int8Head = value == "int8" },
                "--threads" => options with { Threads = [.. value.Split(',').Select(Number)] },
                "--prompt" => options with { PromptTokens = Number(value) },
                "--tokens" => options with { NewTokens = Number(value) },
                _ => throw new ArgumentException($"Unknown option '{arguments[i]}'."),
            };
        }

        return options;
    }

    private static RandomCheckpoint ShapeOf(string name) => name switch
    {
        "pocket" => Pocket,
        "1b" => RandomCheckpoint.Llama1B,
        "8b" => RandomCheckpoint.Llama8B,
        _ => throw new ArgumentException($"Unknown shape '{name}'; expected pocket, 1b or 8b."),
    };

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

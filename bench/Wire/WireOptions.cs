using System.Globalization;

namespace LlamaFp4.Bench.Wire;

/// <summary>What to measure.</summary>
internal sealed record WireOptions
{
    /// <summary>What the streams go over: <c>smg</c>, <c>openengine</c>, <c>http</c>, <c>frames</c> for SMG's messages
    /// counted and not read, and <c>openai</c> for the OpenAI client on a chat endpoint.</summary>
    public IReadOnlyList<string> Paths { get; init; } = ["smg", "frames", "openengine", "http", "openai"];

    public IReadOnlyList<int> Streams { get; init; } = [1, 64, 256, 1024];

    /// <summary>Tokens of one measurement, over all its streams.</summary>
    public int Tokens { get; init; } = 1_000_000;

    /// <summary>Runs the largest number of streams for so long instead, and prints the memory every minute.</summary>
    public int? SoakMinutes { get; init; }

    public static WireOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new WireOptions();
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--paths" => options with { Paths = value.Split(',') },
                "--streams" => options with { Streams = [.. value.Split(',').Select(Number)] },
                "--tokens" => options with { Tokens = Number(value) },
                "--soak" => options with { SoakMinutes = Number(value) },
                _ => throw new ArgumentException($"Unknown option '{arguments[i]}'."),
            };
        }

        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

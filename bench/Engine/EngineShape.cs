using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Bench.Engine;

/// <summary>A named shape, and how many tokens of it are measured so that a run takes minutes.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Checkpoint">The shape.</param>
/// <param name="PromptTokens">Tokens of a prompt whose reading is timed.</param>
/// <param name="NewTokens">Tokens of an answer whose generation is timed.</param>
/// <param name="LongPromptTokens">Tokens of a prompt that is read beside a running stream.</param>
internal sealed record EngineShape(string Name, RandomCheckpoint Checkpoint, int PromptTokens, int NewTokens, int LongPromptTokens)
{
    public static EngineShape Named(string name) => name switch
    {
        "pocket" => new(name, Pocket, 512, 128, 3000),
        "long" => new(name, Long, 512, 128, 4000),
        "1b" => new(name, RandomCheckpoint.Llama1B, 512, 128, 2000),
        "8b" => new(name, RandomCheckpoint.Llama8B, 128, 24, 128),
        _ => throw new ArgumentException($"Unknown shape '{name}'; expected pocket, long, 1b or 8b."),
    };

    private static RandomCheckpoint Pocket { get; } = new()
    {
        VocabularySize = 4096,
        HiddenSize = 384,
        IntermediateSize = 1280,
        LayerCount = 8,
        HeadCount = 6,
        KvHeadCount = 2,
        HeadSize = 64,
        ContextLength = 4096,
        TieWordEmbeddings = true,
    };

    // Small enough for a whole context to be read in within minutes: attention takes 1.8 · 10¹³ operations.
    private static RandomCheckpoint Long { get; } = new()
    {
        VocabularySize = 4096,
        HiddenSize = 256,
        IntermediateSize = 768,
        LayerCount = 2,
        HeadCount = 4,
        KvHeadCount = 1,
        HeadSize = 64,
        ContextLength = 131072,
        TieWordEmbeddings = true,
    };

    public EngineShape WithContext(int tokens) => this with { Checkpoint = Checkpoint with { ContextLength = tokens } };

    /// <summary>Writes a random checkpoint in ModelOpt's layout into the temporary folder, unless it is there from an earlier run.</summary>
    public string WriteOnce()
    {
        var directory = Path.Combine(Path.GetTempPath(), $"llamafp4-bench-{Name}-{Checkpoint.ContextLength}");
        var mark = Path.Combine(directory, "written");
        if (!File.Exists(mark))
        {
            Checkpoint.Write(directory);
            File.WriteAllText(mark, "");
        }

        return directory;
    }
}

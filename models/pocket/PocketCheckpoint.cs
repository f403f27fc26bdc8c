namespace LlamaFp4.PocketModel;

/// <summary>Where the pocket model's checkpoint lies beside the running program.</summary>
public static class PocketCheckpoint
{
    /// <summary>The model id under which the checkpoint presents itself.</summary>
    public const string ModelId = "llamafp4-pocket";

    /// <summary>Full path of the checkpoint directory: config, tokenizer and weights.</summary>
    public static string DirectoryPath { get; } = Path.Combine(AppContext.BaseDirectory, "models", "pocket");
}

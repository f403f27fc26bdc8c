using LlamaFp4.PocketModel;

namespace LlamaFp4.Extensions.Engines;

/// <summary>The model that options name.</summary>
internal static class ConfiguredModel
{
    /// <summary>Full path of its checkpoint; <see langword="null"/> for the pocket model.</summary>
    public static string? DirectoryOf(LlamaFp4Options options) =>
        options.Model is { } model ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)) : null;

    /// <summary>The model in words.</summary>
    public static string TitleOf(LlamaFp4Options options) => DirectoryOf(options) ?? "the pocket model";

    /// <summary>Its id, where the options give no other.</summary>
    public static string IdOf(LlamaFp4Options options) => DirectoryOf(options) is { } directory ? Path.GetFileName(directory) : PocketCheckpoint.ModelId;
}

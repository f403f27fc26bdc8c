using LlamaFp4.PocketModel;

namespace LlamaFp4.Extensions.Tests;

/// <summary>Tests with the real pocket model are skipped, visibly, in a checkout without its weights.</summary>
internal static class Pocket
{
    public static void SkipIfAbsent() => Assert.SkipUnless(
        File.Exists(Path.Combine(PocketCheckpoint.DirectoryPath, "model.safetensors")),
        $"The pocket model's weights are not in '{PocketCheckpoint.DirectoryPath}'.");
}

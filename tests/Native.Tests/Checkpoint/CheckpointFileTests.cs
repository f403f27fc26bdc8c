using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class CheckpointFileTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void Open_NoDirectory_IsAnArgumentError(string? directory) => Assert.ThrowsAny<ArgumentException>(() => LlamaCheckpoint.Open(directory!));

    [Fact]
    public void Open_DirectoryThatDoesNotExist_IsRefused()
    {
        using var directory = new CheckpointDirectory();

        var exception = Assert.Throws<CheckpointException>(() => LlamaCheckpoint.Open(directory["nowhere"]));

        Assert.Contains("is not a directory; expected one with config.json and safetensors files", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoWeights_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        File.Delete(directory["model.safetensors"]);

        Assert.Contains("holds no weights: expected model.safetensors or model.safetensors.index.json", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoConfig_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        File.Delete(directory["config.json"]);

        Assert.Equal($"{directory["config.json"]}: does not exist.", directory.OpenFails().Message);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("hf_quant_config.json")]
    [InlineData("generation_config.json")]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    public void Open_DirectoryInsteadOfFile_IsRefused(string file)
    {
        using var directory = new CheckpointDirectory();
        File.Delete(directory[file]);
        Directory.CreateDirectory(directory[file]);

        Assert.Equal($"{directory[file]}: is a directory, expected a file.", directory.OpenFails().Message);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("hf_quant_config.json")]
    [InlineData("generation_config.json")]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    public void Open_EmptyFile_IsRefused(string file)
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllBytes(directory[file], []);

        Assert.Equal($"{directory[file]}: is empty.", directory.OpenFails().Message);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void Open_FileHeldByAWriter_IsRefused(string file)
    {
        using var directory = new CheckpointDirectory();
        using var writer = new FileStream(directory[file], FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Assert.Contains("cannot be opened: ", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void Open_UnreadableFile_IsRefused(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Needs a user whom file modes bind.");
        using var directory = new CheckpointDirectory();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory[file], UnixFileMode.None);
        }

        Assert.Contains("cannot be opened: ", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "{}")]
    [InlineData("generation_config.json", "{")]
    [InlineData("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}")]
    [InlineData("model-00002-of-00002.safetensors", "short")]
    [InlineData("model-00002-of-00002.safetensors", "no length of any header")]
    public void Open_Fails_LeavesNoFileOpen(string damaged, string content)
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { ShardCount = 2 });
        File.WriteAllText(directory[damaged], content);

        _ = directory.OpenFails();

        foreach (var file in Directory.EnumerateFiles(directory.Root))
        {
            using var exclusive = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }

    [Fact]
    public void Open_TensorMissing_LeavesNoFileOpen()
    {
        using var directory = new CheckpointDirectory();
        directory.EditJson("config.json", config => config["num_hidden_layers"] = 3);

        _ = directory.OpenFails();

        new FileStream(directory["model.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    [Fact]
    public void Dispose_LeavesNoFileOpen()
    {
        using var directory = new CheckpointDirectory();
        var checkpoint = directory.Open();

        Assert.Throws<IOException>(() => { new FileStream(directory["model.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose(); });
        checkpoint.Dispose();
        new FileStream(directory["model.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }
}

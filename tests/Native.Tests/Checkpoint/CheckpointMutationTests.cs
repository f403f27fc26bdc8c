using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

/// <summary>Whatever happens to its files, a checkpoint opens and can be read, or is refused with one clear message.</summary>
public class CheckpointMutationTests
{
    private const int SeedsPerFile = 40;

    private static readonly Dictionary<string, Func<byte[], Random, byte[]>> Mutations = new()
    {
        ["FlipBits"] = CheckpointMutation.FlipBits,
        ["OverwriteByte"] = CheckpointMutation.OverwriteByte,
        ["Truncate"] = CheckpointMutation.Truncate,
        ["TruncateInHead"] = CheckpointMutation.TruncateInHead,
        ["Extend"] = CheckpointMutation.Extend,
        ["Insert"] = CheckpointMutation.Insert,
        ["EditLength"] = CheckpointMutation.EditLength,
        ["RemoveField"] = CheckpointMutation.RemoveField,
        ["ReplaceField"] = CheckpointMutation.ReplaceField,
        ["RenameField"] = CheckpointMutation.RenameField,
        ["SwapFields"] = CheckpointMutation.SwapFields,
    };

    public static TheoryData<string> Names => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Open_MutatedFile_OpensOrIsRefused(string mutation)
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with
        {
            ShardCount = 2,
            LayerCount = 1,
            WritesQuantizationConfig = true,
            WritesKvCacheScales = true,
        });

        foreach (var path in Directory.GetFiles(directory.Root))
        {
            var content = File.ReadAllBytes(path);
            for (var seed = 0; seed < SeedsPerFile; seed++)
            {
                File.WriteAllBytes(path, Mutations[mutation](content, new Random(seed)));
                OpenOrRefuse(directory, $"{Path.GetFileName(path)}, {mutation}, seed {seed}");
            }

            File.WriteAllBytes(path, content);
        }

        directory.Open().Dispose();
    }

    private static void OpenOrRefuse(CheckpointDirectory directory, string what)
    {
        try
        {
            using var checkpoint = directory.Open();
            _ = CheckpointContent.Sum(checkpoint);
        }
        catch (CheckpointException exception)
        {
            Assert.StartsWith(directory.Root, exception.Message, StringComparison.Ordinal);
        }
        catch (Exception exception)
        {
            Assert.Fail($"{what}: {exception}");
        }
    }
}

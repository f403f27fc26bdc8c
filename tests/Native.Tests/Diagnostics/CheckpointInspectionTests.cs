using System.Text.Json.Nodes;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Tests.Cpu;

namespace LlamaFp4.Native.Tests.Diagnostics;

public sealed class CheckpointInspectionTests : IDisposable
{
    private readonly CpuSessionDirectory _checkpoint = new();

    [Fact]
    public void Run_WholeCheckpoint_DescribesIt()
    {
        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: false);

        Assert.Equal(["config", "weights", "tokenizer"], inspection.Checks.Select(check => check.Name));
        Assert.All(inspection.Checks, check => Assert.Equal(PreflightStatus.Ok, check.Status));
        Assert.Equal("265 ids; a turn ends with 1, 2, 3.", inspection.Checks[2].Detail);
        Assert.Equal(new FileInfo(Path.Combine(_checkpoint.Path, "model.safetensors")).Length, inspection.Summary!.WeightBytes);
    }

    [Fact]
    public void Run_NoSuchDirectory_AdvisesToCheckThePath()
    {
        var path = Path.Combine(_checkpoint.Path, "missing");

        var inspection = CheckpointInspection.Run(path, mayLackWeights: false);

        var check = Assert.Single(inspection.Checks);
        Assert.Equal(PreflightStatus.Failure, check.Status);
        Assert.Equal($"{path}: is not a directory.", check.Detail);
        Assert.StartsWith("Check the path.", check.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NotQuantised_FailsInTheConfiguration()
    {
        File.Delete(Path.Combine(_checkpoint.Path, "hf_quant_config.json"));

        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: false);

        var check = Assert.Single(inspection.Checks);
        Assert.Equal("config", check.Name);
        Assert.Contains("not quantised", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TruncatedWeights_FailsInTheWeights()
    {
        var weights = Path.Combine(_checkpoint.Path, "model.safetensors");
        using (var file = File.OpenWrite(weights))
        {
            file.SetLength(file.Length - 1);
        }

        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: false);

        Assert.Equal(["config", "weights"], inspection.Checks.Select(check => check.Name));
        Assert.Equal(PreflightStatus.Failure, inspection.Checks[1].Status);
        Assert.StartsWith("An interrupted download leaves such files.", inspection.Checks[1].Advice, StringComparison.Ordinal);
        Assert.Null(inspection.Summary);
    }

    [Fact]
    public void Run_MissingShard_IsNamed()
    {
        var index = new JsonObject { ["weight_map"] = new JsonObject { ["model.norm.weight"] = "model-00002-of-00002.safetensors" } };
        File.WriteAllText(Path.Combine(_checkpoint.Path, "model.safetensors.index.json"), index.ToJsonString());

        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: false);

        Assert.Contains("names 1 files that do not exist: model-00002-of-00002.safetensors.", inspection.Checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LargeFilePointer_IsRecognised()
    {
        File.WriteAllText(
            Path.Combine(_checkpoint.Path, "model.safetensors"),
            "version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 4999817056\n");

        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: false);

        Assert.Equal("model.safetensors is the pointer that Git LFS leaves in place of a file: run git lfs pull in the directory.", inspection.Checks[1].Advice);
    }

    [Fact]
    public void Run_TokenizerOfAnotherModel_Fails()
    {
        var config = Path.Combine(_checkpoint.Path, "tokenizer.json");
        var tokenizer = JsonNode.Parse(File.ReadAllText(config))!;
        tokenizer["added_tokens"]!.AsArray().Add(LlamaFp4.Tests.Shared.TinyTokenizer.AddedToken("<|one_more|>", 265));
        File.WriteAllText(config, tokenizer.ToJsonString());

        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: false);

        Assert.Equal(PreflightStatus.Failure, inspection.Checks[2].Status);
        Assert.Contains("the tokenizer has 266 ids, but config.json says vocab_size 265", inspection.Checks[2].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ConfigurationAndTokenizerOfAServedModel_AreEnough()
    {
        File.Delete(Path.Combine(_checkpoint.Path, "model.safetensors"));

        var inspection = CheckpointInspection.Run(_checkpoint.Path, mayLackWeights: true);

        Assert.True(inspection.IsWhole);
        Assert.Equal("Ok weights: None here: the endpoint's machine has them.", Machines.Line(inspection.Checks[1]));
        Assert.Null(inspection.Summary);
    }

    public void Dispose() => _checkpoint.Dispose();
}

using System.Text.Json.Nodes;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class LlamaCheckpointTests
{
    [Fact]
    public void Open_SingleFile_ReadsConfigAndEveryTensor()
    {
        using var directory = new CheckpointDirectory();

        using var checkpoint = directory.Open();

        var config = checkpoint.Config;
        Assert.Equal(96, config.VocabularySize);
        Assert.Equal(32, config.HiddenSize);
        Assert.Equal(48, config.IntermediateSize);
        Assert.Equal(2, config.LayerCount);
        Assert.Equal(4, config.HeadCount);
        Assert.Equal(2, config.KvHeadCount);
        Assert.Equal(8, config.HeadSize);
        Assert.Equal(256, config.ContextLength);
        Assert.Equal(1e-5f, config.RmsNormEpsilon);
        Assert.Equal(500000, config.RopeTheta);
        Assert.Equal(new RopeScaling(8, 1, 4, 8192), config.RopeScaling);
        Assert.False(config.TieWordEmbeddings);
        Assert.Equal([1, 2, 3], config.EndOfSequenceTokenIds);
        Assert.Equal(0.6f, config.DefaultTemperature);
        Assert.Equal(0.9f, config.DefaultTopP);
        Assert.Null(config.DefaultTopK);
        Assert.Equal(directory.Root, checkpoint.DirectoryPath);
        Assert.Equal(new FileInfo(directory["model.safetensors"]).Length, checkpoint.TotalBytes);
        CheckpointContent.Sum(checkpoint);
    }

    [Fact]
    public void Open_Shards_HoldsTheSameBytesAsOneFile()
    {
        using var single = new CheckpointDirectory();
        using var sharded = new CheckpointDirectory(RandomCheckpoint.Tiny with { ShardCount = 3 });

        using var first = single.Open();
        using var second = sharded.Open();

        Assert.True(File.Exists(sharded["model-00003-of-00003.safetensors"]));
        Assert.Equal(CheckpointContent.Sum(first), CheckpointContent.Sum(second));
    }

    [Fact]
    public void Open_IndexBesideOneFile_UsesTheIndex()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { ShardCount = 2 });
        File.WriteAllText(directory["model.safetensors"], "left over from something else");

        using var checkpoint = directory.Open();

        Assert.NotEqual(0, CheckpointContent.Sum(checkpoint));
    }

    [Fact]
    public void Open_TiedEmbeddings_NeedsNoOutputHead()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { TieWordEmbeddings = true });

        using var checkpoint = directory.Open();

        Assert.True(checkpoint.Config.TieWordEmbeddings);
        Assert.Throws<CheckpointException>(() => { checkpoint.GetTensor("lm_head.weight", TensorDType.BF16, 96, 32); });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void Open_DataAtAnyAddress_ReadsTheSameScalars(int padding)
    {
        using var aligned = new CheckpointDirectory();
        using var shifted = new CheckpointDirectory(RandomCheckpoint.Tiny with { HeaderPadding = padding });

        using var first = aligned.Open();
        using var second = shifted.Open();

        Assert.Equal(CheckpointContent.Sum(first), CheckpointContent.Sum(second));
    }

    [Fact]
    public void Open_KvCacheScales_AreAccepted()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesKvCacheScales = true });

        using var checkpoint = directory.Open();

        Assert.Equal("FP8", checkpoint.Quantization.KvCacheAlgorithm);
        Assert.Equal(1, checkpoint.GetScalar("model.layers.1.self_attn.k_proj.k_scale"));
    }

    [Fact]
    public void GetNvFp4_ScalarsInBFloat16_AreWidened()
    {
        using var directory = new CheckpointDirectory(RandomCheckpoint.Tiny with { WritesScalarsAsBFloat16 = true });
        directory.EditData("model.layers.0.self_attn.o_proj.input_scale", 0, 0x40, 0x3F);

        using var checkpoint = directory.Open();

        Assert.Equal(0.75f, checkpoint.GetNvFp4("model.layers.0.self_attn.o_proj", 32, 32).InputScale);
    }

    [Fact]
    public unsafe void GetNvFp4_PointsAtCodesAndScalesOfTheLayer()
    {
        using var directory = new CheckpointDirectory();
        directory.EditData("model.layers.1.mlp.down_proj.weight", 0, 0x21, 0x43);
        directory.EditData("model.layers.1.mlp.down_proj.weight_scale", 0, 0x38, 0x7E);
        directory.EditData("model.layers.1.mlp.down_proj.weight_scale_2", 0, 0, 0, 0, 0x3F);
        directory.EditData("model.layers.1.mlp.down_proj.input_scale", 0, 0, 0, 0x80, 0x3F);

        using var checkpoint = directory.Open();
        var layer = checkpoint.GetNvFp4("model.layers.1.mlp.down_proj", 32, 48);

        Assert.Equal((32, 48), (layer.Rows, layer.Columns));
        Assert.Equal([0x21, 0x43], new ReadOnlySpan<byte>(layer.Codes, 2).ToArray());
        Assert.Equal([0x38, 0x7E], new ReadOnlySpan<byte>(layer.BlockScales, 2).ToArray());
        Assert.Equal(0.5f, layer.WeightScale);
        Assert.Equal(1, layer.InputScale);
    }

    [Fact]
    public void GetTensor_WrongShapeOrType_NamesBoth()
    {
        using var directory = new CheckpointDirectory();
        using var checkpoint = directory.Open();

        var shape = Assert.Throws<CheckpointException>(() => { checkpoint.GetTensor("model.norm.weight", TensorDType.BF16, 33); });
        var dtype = Assert.Throws<CheckpointException>(() => { checkpoint.GetTensor("model.norm.weight", TensorDType.F32, 32); });

        Assert.Equal($"{directory["model.safetensors"]}, tensor 'model.norm.weight': is BF16 [32], expected BF16 [33].", shape.Message);
        Assert.Equal("model.norm.weight", dtype.Tensor);
        Assert.Contains("is BF16 [32], expected F32 [32]", dtype.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetTensor_UnknownName_Throws()
    {
        using var directory = new CheckpointDirectory();
        using var checkpoint = directory.Open();

        var exception = Assert.Throws<CheckpointException>(() => { checkpoint.GetTensor("model.norm.bias", TensorDType.BF16, 32); });

        Assert.Contains("tensor 'model.norm.bias': does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetTensor_AfterDispose_ThrowsObjectDisposed()
    {
        using var directory = new CheckpointDirectory();
        var checkpoint = directory.Open();

        checkpoint.Dispose();

        Assert.Throws<ObjectDisposedException>(() => { checkpoint.GetTensor("model.norm.weight", TensorDType.BF16, 32); });
        Assert.Throws<ObjectDisposedException>(() => { checkpoint.GetNvFp4("model.layers.0.mlp.up_proj", 48, 32); });
    }

    [Fact]
    public void Dispose_Twice_IsHarmless()
    {
        using var directory = new CheckpointDirectory();
        var checkpoint = directory.Open();

        checkpoint.Dispose();
        checkpoint.Dispose();
    }

    [Fact]
    public void Open_RotaryFrequenciesStored_AreIgnored()
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header["model.layers.0.self_attn.rotary_emb.inv_freq"] = EmptyTensor());

        using var checkpoint = directory.Open();

        Assert.Equal(2, checkpoint.Config.LayerCount);
    }

    [Fact]
    public void Open_LinkedFiles_AreFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        using var directory = new CheckpointDirectory();
        File.Move(directory["model.safetensors"], directory["blob"]);
        File.CreateSymbolicLink(directory["model.safetensors"], "blob");

        using var checkpoint = directory.Open();

        Assert.NotEqual(0, CheckpointContent.Sum(checkpoint));
    }

    private static JsonObject EmptyTensor() => new() { ["dtype"] = "F32", ["shape"] = new JsonArray(0), ["data_offsets"] = new JsonArray(0, 0) };
}

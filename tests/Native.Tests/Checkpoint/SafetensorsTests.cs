using System.Text;
using System.Text.Json.Nodes;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class SafetensorsTests
{
    private const string File0 = "model.safetensors";
    private const string Norm = "model.norm.weight";

    [Theory]
    [InlineData("dtype", "\"I64\"", "'dtype' is \"I64\", expected BF16, F16, F32, U8 or F8_E4M3")]
    [InlineData("dtype", "null", "'dtype' is null, expected BF16")]
    [InlineData("dtype", "7", "'dtype' is 7, expected BF16")]
    [InlineData("dtype", "\"F32\"", "'data_offsets' is [", "expected 128 bytes for F32 [32]")]
    [InlineData("shape", "null", "'shape' is null, expected a list of sizes")]
    [InlineData("shape", "[-32]", "'shape[0]' is -32, expected an integer from 0 to 9223372036854775807")]
    [InlineData("shape", "[32.5]", "'shape[0]' is 32.5, expected an integer")]
    [InlineData("shape", "[\"32\"]", "'shape[0]' is \"32\", expected an integer")]
    [InlineData("shape", "[99999999999999999999]", "'shape[0]' is 99999999999999999999, expected an integer")]
    [InlineData("shape", "[9223372036854775807, 2]", "expected fewer elements than overflow a 64-bit length")]
    [InlineData("shape", "[4294967296, 4294967296, 0]", "expected fewer elements than overflow a 64-bit length")]
    [InlineData("shape", "[33]", "'data_offsets' is [", "expected 66 bytes for BF16 [33]")]
    [InlineData("data_offsets", "null", "'data_offsets' is null, expected [begin, end]")]
    [InlineData("data_offsets", "[0]", "'data_offsets' is [0], expected [begin, end]")]
    [InlineData("data_offsets", "[0, 1, 2]", "'data_offsets' is [0,1,2], expected [begin, end]")]
    [InlineData("data_offsets", "[64, 0]", "'data_offsets[1]' is 0, expected an integer from 64 to ")]
    [InlineData("data_offsets", "[-64, 0]", "'data_offsets[0]' is -64, expected an integer from 0 to ")]
    [InlineData("data_offsets", "[0, 9223372036854775807]", "'data_offsets[1]' is 9223372036854775807, expected an integer from 0 to ")]
    [InlineData("data_offsets", "[0, 64]", "overlaps the tensor before it: begins at ")]
    public void Open_LyingEntry_NamesFileAndTensor(string name, string value, params string[] messages)
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header[Norm]![name] = JsonNode.Parse(value));

        var exception = directory.OpenFails();

        Assert.Equal(directory[File0], exception.File);
        Assert.NotNull(exception.Tensor);
        Assert.All(messages, message => Assert.Contains(message, exception.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Open_EntryThatIsNoObject_IsRefused(string value)
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header[Norm] = JsonNode.Parse(value));

        Assert.Contains($"tensor '{Norm}'", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"format\": 1}")]
    public void Open_MetadataThatIsNoText_IsRefused(string value)
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header["__metadata__"] = JsonNode.Parse(value));

        Assert.Contains("'__metadata__", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoMetadata_IsAccepted()
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header.Remove("__metadata__"));

        directory.Open().Dispose();
    }

    [Fact]
    public void Open_SameNameTwice_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeaderText(header => header.Replace("\"model.norm.weight\"", "\"lm_head.weight\"", StringComparison.Ordinal));

        Assert.Contains("the safetensors header is not valid JSON", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GapBetweenTensors_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        directory.EditHeader(header => header.Remove("model.layers.1.input_layernorm.weight"));

        Assert.Contains("leaves a gap before it: begins at ", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TruncatedFile_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        Resize(directory[File0], -1);

        Assert.Contains("'data_offsets[1]' is ", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BytesAfterTheLastTensor_AreRefused()
    {
        using var directory = new CheckpointDirectory();
        Resize(directory[File0], 3);

        Assert.Matches("holds \\d+ bytes of data, expected \\d+ as its header says", directory.OpenFails().Message);
    }

    [Theory]
    [InlineData(0, "is empty")]
    [InlineData(1, "has 1 bytes, expected at least the 8 of a safetensors header length")]
    [InlineData(7, "has 7 bytes, expected at least the 8 of a safetensors header length")]
    [InlineData(8, "ends inside its header of ")]
    [InlineData(100, "ends inside its header of ")]
    public void Open_FileCutShort_IsRefused(int length, string message)
    {
        using var directory = new CheckpointDirectory();
        File.WriteAllBytes(directory[File0], File.ReadAllBytes(directory[File0])[..length]);

        Assert.Contains(message, directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue, "claims a header of 18446744073709551615 bytes, expected at most 100000000")]
    [InlineData(100_000_001, "claims a header of 100000001 bytes, expected at most 100000000")]
    [InlineData(100_000_000, "ends inside its header of 100000000 bytes")]
    [InlineData(0, "the safetensors header is not valid JSON")]
    public void Open_WrongHeaderLength_IsRefused(ulong headerLength, string message)
    {
        using var directory = new CheckpointDirectory();
        var content = File.ReadAllBytes(directory[File0]);
        BitConverter.GetBytes(headerLength).CopyTo(content, 0);
        File.WriteAllBytes(directory[File0], content);

        Assert.Contains(message, directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "the safetensors header is not a JSON object")]
    [InlineData("{", "the safetensors header is not valid JSON")]
    [InlineData("{\"\\ud800\": {}}", "the safetensors header is not valid JSON")]
    [InlineData("{}", "lacks 63 tensors of this architecture: model.embed_tokens.weight, model.layers.0.input_layernorm.weight, ")]
    public void Open_OtherHeader_IsRefused(string header, string message)
    {
        using var directory = new CheckpointDirectory();
        directory.WriteSafetensors(Encoding.UTF8.GetBytes(header), []);

        Assert.Contains(message, directory.OpenFails().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_HeaderThatIsNotUtf8_IsRefused()
    {
        using var directory = new CheckpointDirectory();
        directory.WriteSafetensors([.. "{\""u8, 0xFF, .. "\": {}}"u8], []);

        Assert.Contains("the safetensors header is not valid UTF-8", directory.OpenFails().Message, StringComparison.Ordinal);
    }

    private static void Resize(string file, int change)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.SetLength(stream.Length + change);
    }
}

using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Checkpoint;

/// <summary>A checkpoint in a temporary directory, to be damaged and opened.</summary>
internal sealed class CheckpointDirectory : IDisposable
{
    public CheckpointDirectory(RandomCheckpoint? checkpoint = null)
    {
        Root = Directory.CreateTempSubdirectory("checkpoint-").FullName;
        (checkpoint ?? RandomCheckpoint.Tiny).Write(Root);
    }

    public string Root { get; }

    public string this[string file] => Path.Combine(Root, file);

    public LlamaCheckpoint Open() => LlamaCheckpoint.Open(Root);

    /// <summary>The exception that opening must end in.</summary>
    public CheckpointException OpenFails() => Assert.Throws<CheckpointException>(() => Open().Dispose());

    public void EditJson(string file, Action<JsonObject> edit)
    {
        var content = JsonNode.Parse(File.ReadAllText(this[file]))!.AsObject();
        edit(content);
        File.WriteAllText(this[file], content.ToJsonString());
    }

    /// <summary>Edits the header of model.safetensors and writes it back with its new length.</summary>
    public void EditHeader(Action<JsonObject> edit) => EditHeaderText(text =>
    {
        var header = JsonNode.Parse(text)!.AsObject();
        edit(header);
        return header.ToJsonString();
    });

    public void EditHeaderText(Func<string, string> edit)
    {
        var (header, data) = Split(File.ReadAllBytes(this["model.safetensors"]));
        WriteSafetensors(Encoding.UTF8.GetBytes(edit(Encoding.UTF8.GetString(header))), data);
    }

    public void WriteSafetensors(byte[] header, byte[] data)
    {
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(this["model.safetensors"], [.. length, .. header, .. data]);
    }

    /// <summary>Overwrites the beginning of a tensor's data.</summary>
    public void EditData(string tensor, int offset, params byte[] bytes)
    {
        var content = File.ReadAllBytes(this["model.safetensors"]);
        var (header, data) = Split(content);
        var begin = (int)JsonNode.Parse(header)![tensor]!["data_offsets"]![0]!;
        bytes.CopyTo(content, content.Length - data.Length + begin + offset);
        File.WriteAllBytes(this["model.safetensors"], content);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static (byte[] Header, byte[] Data) Split(byte[] content)
    {
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        return (content[8..(8 + headerLength)], content[(8 + headerLength)..]);
    }
}

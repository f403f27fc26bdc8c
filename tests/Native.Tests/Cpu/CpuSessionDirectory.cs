using LlamaFp4.Native.Cpu;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Cpu;

/// <summary>A tiny random checkpoint with a tokenizer, for sessions on it.</summary>
internal sealed class CpuSessionDirectory : IDisposable
{
    public const int VocabularySize = 265;

    public CpuSessionDirectory(RandomCheckpoint? checkpoint = null)
    {
        Path = Directory.CreateTempSubdirectory("cpu-session-").FullName;
        ((checkpoint ?? RandomCheckpoint.Tiny with { ContextLength = 512 }) with { VocabularySize = VocabularySize }).Write(Path);
        File.WriteAllText(System.IO.Path.Combine(Path, "tokenizer.json"), TinyTokenizer.Json().ToJsonString());
    }

    public string Path { get; }

    public CpuSession Load(CpuSessionOptions? options = null) => CpuSession.Load(Path, options ?? new CpuSessionOptions { ThreadCount = 1 });

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

using LlamaFp4.Native.Cpu;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>The embedded engine with the pocket model, loaded once for all tests of a class.</summary>
public sealed class PocketSession : IDisposable
{
    private readonly CpuSession _session = Load();

    /// <summary>A new engine of its own, for tests that count slots.</summary>
    internal static CpuSession Load(int slots = 8) => CpuSession.Load(
        RepositoryFiles.PathOf("models", "pocket"),
        new CpuSessionOptions { MaxConcurrentRequests = slots });

    internal IChatClient CreateChatClient() => _session.AsIChatClient(new LlamaFp4ChatClientOptions { Temperature = 0 });

    public void Dispose() => _session.Dispose();
}

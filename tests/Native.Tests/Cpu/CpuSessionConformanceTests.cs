using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;

namespace LlamaFp4.Native.Tests.Cpu;

public sealed class CpuSessionConformanceTests : TokenSessionConformanceTests, IDisposable
{
    private readonly CpuSessionDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override ITokenSession CreateSession() => _directory.Load(new CpuSessionOptions { ThreadCount = 1, MaxConcurrentRequests = 1 });
}

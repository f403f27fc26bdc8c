using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>The embedded engine as a whole.</summary>
public sealed class PocketGenerationConformanceTests : GenerationConformanceTests
{
    protected override IChatClient CreateChatClient(int slots = 8) =>
        new OwnedSessionChatClient(PocketSession.Load(slots), new LlamaFp4ChatClientOptions { Temperature = 0 });
}

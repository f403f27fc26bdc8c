using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>The client with a real model, small as it is.</summary>
public sealed class PocketChatClientConformanceTests(PocketSession pocket) : ChatClientConformanceTests, IClassFixture<PocketSession>
{
    protected override int ToolsAtOnce => 15;

    protected override IChatClient CreateChatClient(params string[] script) => pocket.CreateChatClient();
}

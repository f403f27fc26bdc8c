using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>The embedded engine under the corpus.</summary>
public sealed class PocketSchemaCorpusTests(PocketSession pocket) : SchemaCorpusConformanceTests, IClassFixture<PocketSession>
{
    protected override IChatClient CreateChatClient() => pocket.CreateChatClient();
}

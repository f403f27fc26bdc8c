using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>The client alone: its session says what it is told to, byte by byte.</summary>
public sealed class ScriptedChatClientConformanceTests : ChatClientConformanceTests
{
    private const SessionFeatures Guides = SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.ToolCallGuide;

    protected override IChatClient CreateChatClient(params string[] script) => Scripted.Saying(Guides, script).AsIChatClient();
}

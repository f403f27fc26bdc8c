using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>The agent adds function invocation itself.</summary>
public class RawClientAgentTests : AgentTests
{
    protected override IChatClient CreateClient(ITokenSession session) => session.AsIChatClient();
}

using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>A client that takes its session with it.</summary>
internal sealed class OwnedSessionChatClient(ITokenSession session, LlamaFp4ChatClientOptions options) : DelegatingChatClient(session.AsIChatClient(options))
{
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        session.Dispose();
    }
}

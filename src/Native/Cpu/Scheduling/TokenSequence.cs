using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>A checked request that starts when it is enumerated, and anew each time.</summary>
internal sealed class TokenSequence(Scheduler scheduler, GenerationPlan plan, CancellationToken requestToken) : IAsyncEnumerable<TokenDelta>
{
    public IAsyncEnumerator<TokenDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new TokenStream(scheduler, plan, requestToken, cancellationToken);
}

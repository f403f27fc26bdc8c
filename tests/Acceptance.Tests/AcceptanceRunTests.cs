using LlamaFp4.Native.Cpu;
using LlamaFp4.PocketModel;

namespace LlamaFp4.Acceptance.Tests;

public sealed class AcceptanceRunTests : IDisposable
{
    private readonly CpuSession _session = CpuSession.Load(PocketCheckpoint.DirectoryPath);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_CheckThatThrows_FailsAndTheNextIsMade()
    {
        AcceptanceCheck[] checks =
        [
            new("first", (_, _) => throw new InvalidOperationException("broken")),
            new("second", (_, _) => Task.FromResult(Finding.Pass("fine"))),
        ];

        var results = await new AcceptanceRun(new AcceptanceTarget(_session)).RunAsync(checks, null, CancellationToken);

        Assert.Equal([Finding.Fail("InvalidOperationException: broken"), Finding.Pass("fine")], results.Select(result => result.Finding));
    }

    [Fact]
    public async Task RunAsync_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource();
        AcceptanceCheck[] checks =
        [
            new("first", async (_, token) =>
            {
                await cancellation.CancelAsync();
                token.ThrowIfCancellationRequested();
                return Finding.Pass("never");
            }),
        ];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new AcceptanceRun(new AcceptanceTarget(_session)).RunAsync(checks, null, cancellation.Token));
    }

    [Fact]
    public void Checks_HaveDifferentNames()
    {
        var names = AcceptanceRun.Tasks.Concat(AcceptanceRun.Questions).Select(check => check.Name).ToList();

        Assert.Equal(names.Distinct(), names);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(1000)]
    public void EncodeUnique_AnyLength_IsExactAndNew(int tokens)
    {
        var target = new AcceptanceTarget(_session);

        var first = target.EncodeUnique(tokens);
        var second = target.EncodeUnique(tokens);

        Assert.Equal(tokens, first.Length);
        Assert.Equal(tokens > 1, !first.SequenceEqual(second));
    }

    public void Dispose() => _session.Dispose();
}

using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests;

public class LlamaFp4ChatClientCancellationTests
{
    [Fact]
    public async Task CanceledBefore_ThrowsAndNeverAsksTheSession()
    {
        var session = Scripted.Saying("Hi");
        using LlamaFp4ChatClient client = new(session);
        CancellationToken canceled = new(canceled: true);

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("Hi", cancellationToken: canceled));

        Assert.Equal(canceled, error.CancellationToken);
        Assert.Empty(session.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task CanceledWhileTheSessionWaits_ThrowsTheCallersTokenAndFreesTheRequest(int chunk)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var session = Scripted.Playing(ScriptedAnswer.Of(Scripted.Tokenizer, "01234", beforeChunk: async (index, token) =>
        {
            if (index == chunk)
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }
        }));
        using LlamaFp4ChatClient client = new(session);
        using CancellationTokenSource cancellation = new();
        var response = client.GetResponseAsync("Count", cancellationToken: cancellation.Token);
        await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, session.LiveRequests);

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response);
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Equal((0, 1), (session.LiveRequests, session.AbortedRequests));
    }

    [Fact]
    public async Task CanceledBetweenUpdates_ThrowsAtTheNextOne()
    {
        var session = Scripted.Saying("01234");
        using LlamaFp4ChatClient client = new(session);
        using CancellationTokenSource cancellation = new();
        List<string> seen = [];

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("Count", cancellationToken: cancellation.Token))
            {
                seen.Add(update.Text);
                await cancellation.CancelAsync();
            }
        });

        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.Equal(["0"], seen);
        Assert.Equal(0, session.LiveRequests);
    }

    [Fact]
    public async Task TokenOfTheEnumeration_CancelsToo()
    {
        var session = Scripted.Saying("01234");
        using LlamaFp4ChatClient client = new(session);
        using CancellationTokenSource cancellation = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Count", cancellationToken: CancellationToken.None).WithCancellation(cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });

        Assert.Equal(0, session.LiveRequests);
    }

    [Fact]
    public async Task EnumerationLeftEarly_FreesTheRequest()
    {
        var session = Scripted.Saying("01234");
        using LlamaFp4ChatClient client = new(session);

        await foreach (var _ in client.GetStreamingResponseAsync("Count", cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal(1, session.LiveRequests);
            break;
        }

        Assert.Equal((0, 1, 1), (session.LiveRequests, session.AbortedRequests, session.DeliveredChunks));
    }

    [Fact]
    public async Task TwoRequestsAtOnce_DoNotMix()
    {
        using SemaphoreSlim first = new(1);
        using SemaphoreSlim second = new(0);
        ScriptedAnswer Answer(string text, SemaphoreSlim mine, SemaphoreSlim other) =>
            ScriptedAnswer.Of(Scripted.Tokenizer, text, beforeChunk: async (_, token) =>
            {
                await mine.WaitAsync(token);
                other.Release();
            });
        var session = Scripted.Playing(Answer("aaaa🦙aaaa", first, second), Answer("bbbb🌊bbbb", second, first));
        using LlamaFp4ChatClient client = new(session);

        var responses = await Task.WhenAll(client.AskAsync("One"), client.AskAsync("Two"));

        Assert.Equal("aaaa🦙aaaa", responses[0].Text);
        Assert.Equal("bbbb🌊bbbb", responses[1].Text);
        Assert.NotEqual(responses[0].ResponseId, responses[1].ResponseId);
    }
}

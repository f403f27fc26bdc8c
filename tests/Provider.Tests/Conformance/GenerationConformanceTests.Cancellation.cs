using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>
/// A request that is given up, in whichever phase, makes room for the next. No clock decides that: a witness of the same length runs beside it, and the
/// next request ends before the witness does, which it could not if it had to wait for either of the two.
/// </content>
public abstract partial class GenerationConformanceTests
{
    private static readonly ChatOptions Long = new()
    {
        RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = new RegexGuide("x{3000}") },
    };

    [Fact]
    public async Task CanceledWhileQueued_NeverRuns()
    {
        using var client = CreateChatClient(slots: 1);
        await using var witness = await RunningAnswer.StartAsync(client);
        using CancellationTokenSource cancellation = new();
        var queued = client.GetResponseAsync("Hello", cancellationToken: cancellation.Token);
        var next = client.AskAsync("Hello");

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        Assert.Equal(cancellation.Token, error.CancellationToken);
        Assert.False(witness.IsComplete);
        await witness.CancelAsync();
        Assert.NotEmpty((await next).Text);
    }

    [Fact]
    public async Task CanceledInThePrompt_FreesTheSlot()
    {
        using var client = CreateChatClient(slots: 2);
        await using var witness = await RunningAnswer.StartAsync(client);
        using CancellationTokenSource cancellation = new();
        var prompt = string.Join(' ', Enumerable.Range(0, 250).Select(i => $"light {i}"));
        var canceled = client.GetResponseAsync(prompt, Long, cancellation.Token);
        await witness.ContinuesAsync(updates: 2); // Each step gives the witness a token, and computes a part of the prompt.

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        await AssertNextEndsBeforeAsync(client, witness);
    }

    [Fact]
    public async Task CanceledInTheAnswer_FreesTheSlot()
    {
        using var client = CreateChatClient(slots: 2);
        await using var witness = await RunningAnswer.StartAsync(client);
        await using var canceled = await RunningAnswer.StartAsync(client);

        await canceled.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled.Completion);
        Assert.Equal(canceled.Token, error.CancellationToken);
        await AssertNextEndsBeforeAsync(client, witness);
    }

    [Fact]
    public async Task LeftEarly_FreesTheSlot()
    {
        using var client = CreateChatClient(slots: 2);
        await using var witness = await RunningAnswer.StartAsync(client);

        await foreach (var _ in client.GetStreamingResponseAsync("Hello", Long, Cancellation))
        {
            break;
        }

        await AssertNextEndsBeforeAsync(client, witness);
    }

    private static ChatOptions Limited(int tokens) => new() { MaxOutputTokens = tokens };

    private static async Task AssertNextEndsBeforeAsync(IChatClient client, RunningAnswer witness)
    {
        await client.AskAsync("Hello", Limited(3));
        Assert.False(witness.IsComplete);
    }

    /// <summary>An answer that is being generated, and read to its end in the background.</summary>
    private sealed class RunningAnswer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        private readonly SemaphoreSlim _updates = new(0);

        public CancellationToken Token => _cancellation.Token;

        public Task Completion { get; private set; } = Task.CompletedTask;

        public bool IsComplete => Completion.IsCompletedSuccessfully;

        /// <summary>Returns when the first token is there.</summary>
        public static async Task<RunningAnswer> StartAsync(IChatClient client)
        {
            RunningAnswer answer = new();
            var updates = client.GetStreamingResponseAsync("Hello", Long, answer.Token).GetAsyncEnumerator(answer.Token);
            Assert.True(await updates.MoveNextAsync());
            answer.Completion = answer.ReadToEndAsync(updates);
            return answer;
        }

        /// <summary>Waits until so many more updates have come.</summary>
        public async Task ContinuesAsync(int updates)
        {
            while (_updates.Wait(0, Cancellation))
            {
            }

            for (var i = 0; i < updates; i++)
            {
                await _updates.WaitAsync(Cancellation);
            }
        }

        public Task CancelAsync() => _cancellation.CancelAsync();

        public async ValueTask DisposeAsync()
        {
            await CancelAsync();
            await Completion.ContinueWith(_ => { }, TaskScheduler.Default); // However it ends: that is the tests' subject.
            _cancellation.Dispose();
            _updates.Dispose();
        }

        private async Task ReadToEndAsync(IAsyncEnumerator<ChatResponseUpdate> updates)
        {
            await using (updates)
            {
                while (await updates.MoveNextAsync())
                {
                    _updates.Release();
                }
            }
        }
    }
}

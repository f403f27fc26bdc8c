using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Tests.Conformance;

/// <summary>What every <see cref="ITokenSession"/> owes its callers. A session is tested by a subclass that makes one.</summary>
public abstract class TokenSessionConformanceTests
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A prompt the session's model understands.</summary>
    protected virtual int[] Prompt => [5, 17, 42, 3, 99];

    /// <summary>A session that generates one request at a time, so that the next one only starts when the slot is free.</summary>
    protected abstract ITokenSession CreateSession();

    [Fact]
    public async Task GenerateAsync_Greedy_IsDeterministic()
    {
        using var session = CreateSession();

        var first = await RunAsync(session, Greedy(20));
        var second = await RunAsync(session, Greedy(20));

        Assert.Equal(20, first.TokenIds.Count);
        Assert.Equal(first.TokenIds, second.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_SameSeed_GivesTheSameTokens()
    {
        using var session = CreateSession();

        var first = await RunAsync(session, Sampled(20, seed: 7));
        var second = await RunAsync(session, Sampled(20, seed: 7));

        Assert.Equal(first.TokenIds, second.TokenIds);
    }

    [Fact]
    public async Task GenerateAsync_StopToken_EndsWithStop()
    {
        using var session = CreateSession();
        var free = await RunAsync(session, Greedy(20));
        var stop = free.TokenIds[6];
        var before = free.TokenIds.TakeWhile(id => id != stop).ToList();

        var stopped = await RunAsync(session, Greedy(20, stop));

        Assert.Equal(FinishReason.Stop, stopped.Last.FinishReason);
        Assert.Equal(stop, stopped.Last.StopTokenId);
        Assert.Equal(before, stopped.TokenIds);
        Assert.Equal(before.Count + 1, stopped.Last.Usage!.CompletionTokens);
    }

    [Fact]
    public async Task GenerateAsync_LimitReached_EndsWithLength()
    {
        using var session = CreateSession();

        var result = await RunAsync(session, Greedy(9));

        Assert.Equal(FinishReason.Length, result.Last.FinishReason);
        Assert.Null(result.Last.StopTokenId);
        Assert.Equal(9, result.TokenIds.Count);
        Assert.Equal(9, result.Last.Usage!.CompletionTokens);
        Assert.Equal(Prompt.Length, result.Last.Usage.PromptTokens);
    }

    [Fact]
    public async Task GenerateAsync_Canceled_ThrowsAndFreesTheRequest()
    {
        using var session = CreateSession();
        using var source = new CancellationTokenSource();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in session.GenerateAsync(Endless(session), source.Token))
            {
                await source.CancelAsync();
            }
        });

        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.Equal(3, (await RunAsync(session, Greedy(3))).TokenIds.Count);
    }

    [Fact]
    public void GenerateAsync_CanceledBefore_ThrowsAtTheCall()
    {
        using var session = CreateSession();

        Assert.ThrowsAny<OperationCanceledException>(() => session.GenerateAsync(Greedy(3), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task GenerateAsync_EnumeratorDisposedEarly_AbortsTheRequest()
    {
        using var session = CreateSession();

        await foreach (var _ in session.GenerateAsync(Endless(session), Cancellation))
        {
            break;
        }

        Assert.Equal(3, (await RunAsync(session, Greedy(3))).TokenIds.Count);
    }

    [Fact]
    public async Task GenerateAsync_TwoRequestsAtOnce_DoNotMixTokens()
    {
        using var session = CreateSession();
        var other = new GenerationRequest { PromptTokenIds = Prompt.Reverse().ToArray(), MaxNewTokens = 15, StopTokenIds = [], Sampling = new() { Temperature = 0 } };
        var expected = (await RunAsync(session, Greedy(15)), await RunAsync(session, other));

        var together = await Task.WhenAll(RunAsync(session, Greedy(15)), RunAsync(session, other));

        Assert.Equal(expected.Item1.TokenIds, together[0].TokenIds);
        Assert.Equal(expected.Item2.TokenIds, together[1].TokenIds);
    }

    [Fact]
    public void GenerateAsync_EmptyPrompt_Throws()
    {
        using var session = CreateSession();

        var exception = Assert.Throws<ArgumentException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = Array.Empty<int>() }, Cancellation));

        Assert.Equal(nameof(GenerationRequest.PromptTokenIds), exception.ParamName);
    }

    [Fact]
    public void GenerateAsync_IdOutsideOfTheVocabulary_Throws()
    {
        using var session = CreateSession();

        foreach (var id in (int[])[-1, session.Model.VocabularySize])
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = new[] { id } }, Cancellation));

            Assert.Equal(nameof(GenerationRequest.PromptTokenIds), exception.ParamName);
            Assert.Equal(id, exception.ActualValue);
        }
    }

    [Fact]
    public void GenerateAsync_PromptLongerThanContext_ThrowsBeforeGenerating()
    {
        using var session = CreateSession();
        var length = session.Model.ContextLength;

        var prompt = Assert.Throws<ContextLengthExceededException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = new int[length + 1] }, Cancellation));
        var answer = Assert.Throws<ContextLengthExceededException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = new int[length - 10], MaxNewTokens = 11 }, Cancellation));

        Assert.Contains($"{length + 1} tokens", prompt.Message, StringComparison.Ordinal);
        Assert.Contains("11", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateAsync_UnsupportedGuide_ThrowsBeforeGenerating()
    {
        using var session = CreateSession();
        Guide[] guides =
        [
            new JsonGuide(), new JsonSchemaGuide(JsonElement.Parse("{}")), new RegexGuide("a+"), new ChoiceGuide(["a", "b"]), new EbnfGuide("root ::= \"a\""), new ToolCallGuide { Tools = [] },
        ];

        foreach (var guide in guides.Where(guide => (session.Model.Features & guide.Feature) == 0))
        {
            var exception = Assert.Throws<FeatureNotSupportedException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = Prompt, Guide = guide }, Cancellation));

            Assert.Contains(guide.Feature.ToString(), exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Dispose_WhileRequestsRun_EndsThemWithObjectDisposed()
    {
        var session = CreateSession();
        var running = session.GenerateAsync(Endless(session), Cancellation).GetAsyncEnumerator(Cancellation);
        var waiting = session.GenerateAsync(Endless(session), Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await running.MoveNextAsync());
        var queued = waiting.MoveNextAsync();

        session.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (await running.MoveNextAsync())
            {
            }
        });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await queued);
        await running.DisposeAsync();
        await waiting.DisposeAsync();
    }

    [Fact]
    public void Dispose_Twice_IsHarmless()
    {
        var session = CreateSession();

        session.Dispose();
        session.Dispose();
    }

    [Fact]
    public async Task GenerateAsync_AfterDispose_ThrowsObjectDisposed()
    {
        var session = CreateSession();
        var before = session.GenerateAsync(Greedy(3), Cancellation);
        session.Dispose();

        Assert.Throws<ObjectDisposedException>(() => session.GenerateAsync(Greedy(3), Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Collected.FromAsync(before, Cancellation));
    }

    protected static Task<Collected> RunAsync(ITokenSession session, GenerationRequest request) =>
        Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);

    protected GenerationRequest Greedy(int maxNewTokens, params int[] stopTokenIds) => new()
    {
        PromptTokenIds = Prompt,
        MaxNewTokens = maxNewTokens,
        StopTokenIds = stopTokenIds,
        Sampling = new SamplingParameters { Temperature = 0 },
    };

    protected GenerationRequest Sampled(int maxNewTokens, long seed) => new()
    {
        PromptTokenIds = Prompt,
        MaxNewTokens = maxNewTokens,
        StopTokenIds = [],
        Sampling = new SamplingParameters { Temperature = 1, Seed = seed },
    };

    /// <summary>A request that generates until the context is full.</summary>
    protected GenerationRequest Endless(ITokenSession session) => new()
    {
        PromptTokenIds = Prompt,
        MaxNewTokens = session.Model.ContextLength - Prompt.Length,
        StopTokenIds = [],
    };
}

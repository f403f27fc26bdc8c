using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.PocketModel;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlamaFp4.Extensions.Tests.Loading;

/// <summary>Loading in a container without a host, with the real pocket model.</summary>
public sealed class ContainerTests : IDisposable
{
    private static readonly int[] Prompt = [5];

    private readonly LoadGate _gate = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceCollection _services = new();

    public ContainerTests()
    {
        _services.AddSingleton<IProgress<LoadProgress>>(_gate);
        _services.AddSingleton<TimeProvider>(_clock);
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Resolving_LoadsNothing()
    {
        _services.AddLlamaFp4ChatClient().UseOpenTelemetry().UseFunctionInvocation();
        await using var provider = _services.BuildServiceProvider();

        var client = provider.GetRequiredService<IChatClient>();
        var session = provider.GetRequiredService<ITokenSession>();

        Assert.Equal("llamafp4", client.GetService<ChatClientMetadata>()!.ProviderName);
        Assert.Same(session, client.GetService<ITokenSession>());
        Assert.Null(client.GetService<LlamaFp4ChatClient>());
        Assert.Equal(0, _gate.Loads);
    }

    [Fact]
    public async Task FirstRequest_Loads_AndLaterOnesFindTheModel()
    {
        _gate.Open();
        _services.AddLlamaFp4ChatClient(options => options.MaxOutputTokens = 1);
        await using var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        await client.GetResponseAsync("Hello!", cancellationToken: CancellationToken);
        var inner = client.GetService<LlamaFp4ChatClient>();
        await client.GetResponseAsync("Hello!", cancellationToken: CancellationToken);

        Assert.NotNull(inner);
        Assert.Same(inner, client.GetService<LlamaFp4ChatClient>());
        Assert.IsType<CpuSession>(client.GetService<ITokenSession>());
        Assert.Equal(1, _gate.Loads);
    }

    [Fact]
    public async Task FirstRequests_AtOnce_LoadOnce()
    {
        _services.AddLlamaFp4ChatClient(options => options.MaxOutputTokens = 1);
        await using var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        var answers = Enumerable.Range(0, 8).Select(_ => client.GetResponseAsync("Hello!", cancellationToken: CancellationToken)).ToList();
        _gate.Open();
        await Task.WhenAll(answers);

        Assert.Equal(1, _gate.Loads);
    }

    [Fact]
    public async Task Request_WhoseWaitIsOver_FailsAndNamesTheSetting()
    {
        _services.AddKeyedLlamaFp4ChatClient("small", options => options.ReadyTimeout = TimeSpan.FromMinutes(2));
        await using var provider = _services.BuildServiceProvider();

        var answer = provider.GetRequiredKeyedService<IChatClient>("small").GetResponseAsync("Hello!", cancellationToken: CancellationToken);
        await _gate.Reached;
        _clock.Advance(TimeSpan.FromMinutes(2));
        var failure = await Assert.ThrowsAsync<SessionUnavailableException>(() => answer);

        Assert.Equal(
            "Loading the pocket model, 0 % after 120 s: Reading and checking the checkpoint. "
            + "A request waits 00:02:00 for the model, as LlamaFp4:small:ReadyTimeout says. Try again later, or let requests wait longer.",
            failure.Message);
        _gate.Open();
    }

    [Fact]
    public async Task Request_ThatMayNotWait_FailsAtOnce_AndSucceedsLater()
    {
        _services.AddLlamaFp4ChatClient(options => (options.ReadyTimeout, options.MaxOutputTokens) = (TimeSpan.Zero, 1));
        await using var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        await Assert.ThrowsAsync<SessionUnavailableException>(() => client.GetResponseAsync("Hello!", cancellationToken: CancellationToken));
        _gate.Open();
        await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);
        var answer = await client.GetResponseAsync("Hello!", cancellationToken: CancellationToken);

        Assert.Equal(1, answer.Usage!.OutputTokenCount);
        Assert.Equal(1, _gate.Loads);
    }

    [Fact]
    public async Task Request_CancelledWhileItWaits_Throws_AndLoadingGoesOn()
    {
        _services.AddLlamaFp4ChatClient();
        await using var provider = _services.BuildServiceProvider();
        using var cancellation = new CancellationTokenSource();

        var answer = provider.GetRequiredService<IChatClient>().GetResponseAsync("Hello!", cancellationToken: cancellation.Token);
        await _gate.Reached;
        await cancellation.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        _gate.Open();
        var session = await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);

        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        Assert.IsType<CpuSession>(session);
        Assert.Equal(1, _gate.Loads);
    }

    [Fact]
    public async Task FailedLoad_FailsTheRequest_AndTheNextOneTriesAgain()
    {
        _gate.Open();
        var directory = Directory.CreateTempSubdirectory("late-checkpoint-");
        _services.AddLlamaFp4ChatClient(options => (options.Model, options.MaxOutputTokens) = (directory.FullName, 1));
        await using (var provider = _services.BuildServiceProvider())
        {
            var client = provider.GetRequiredService<IChatClient>();

            await Assert.ThrowsAsync<SessionUnavailableException>(() => client.GetResponseAsync("Hello!", cancellationToken: CancellationToken));
            CopyPocketModelTo(directory);
            var answer = await client.GetResponseAsync("Hello!", cancellationToken: CancellationToken);

            Assert.Equal(1, answer.Usage!.OutputTokenCount);
        }

        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task TwoKeysOfOneModel_ShareItsSession()
    {
        _gate.Open();
        _services.AddKeyedLlamaFp4ChatClient("one", options => options.Model = PocketCheckpoint.DirectoryPath);
        _services.AddKeyedLlamaFp4ChatClient("other", options =>
        {
            options.Model = PocketCheckpoint.DirectoryPath + Path.DirectorySeparatorChar;
            options.ModelId = "other-name";
            options.Temperature = 0;
        });
        _services.AddKeyedLlamaFp4ChatClient("narrow", options => (options.Model, options.MaxConcurrentRequests) = (PocketCheckpoint.DirectoryPath, 1));
        await using var provider = _services.BuildServiceProvider();

        var one = await provider.LoadLlamaFp4Async("one", CancellationToken);
        var other = await provider.LoadLlamaFp4Async("other", CancellationToken);
        var narrow = await provider.LoadLlamaFp4Async("narrow", CancellationToken);

        Assert.Same(one, other);
        Assert.NotSame(one, narrow);
        Assert.Equal("other-name", provider.GetRequiredKeyedService<IChatClient>("other").GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    [Fact]
    public async Task Session_OfTheContainer_WaitsForTheModel()
    {
        _services.AddLlamaFp4ChatClient();
        await using var provider = _services.BuildServiceProvider();
        var session = provider.GetRequiredService<ITokenSession>();

        Assert.Throws<SessionUnavailableException>(() => session.Model);
        Assert.Throws<SessionUnavailableException>(() => session.Tokenizer);
        Assert.False(session.Health.IsUsable);
        await using var tokens = session.GenerateAsync(new GenerationRequest { PromptTokenIds = Prompt, MaxNewTokens = 1 }, CancellationToken)
            .GetAsyncEnumerator(CancellationToken);
        var first = tokens.MoveNextAsync();
        _gate.Open();

        Assert.True(await first);
        Assert.Equal(PocketCheckpoint.ModelId, session.Model.ModelId);
        Assert.True(session.Health.IsUsable);
    }

    [Fact]
    public async Task DisposedAsynchronously_WhileLoading_WaitsUntilLoadingHasEnded()
    {
        _services.AddLlamaFp4ChatClient();
        var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        var answer = client.GetResponseAsync("Hello!", cancellationToken: CancellationToken);
        await _gate.Reached;

        var disposal = provider.DisposeAsync();
        var wasWaiting = !disposal.IsCompleted;
        _gate.Open();
        await disposal;

        Assert.True(wasWaiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => answer);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("Hello!", cancellationToken: CancellationToken));
    }

    [Fact]
    public async Task DisposedSynchronously_WhileLoading_ReturnsAtOnce_AndLoadingEnds()
    {
        _services.AddLlamaFp4ChatClient();
        var provider = _services.BuildServiceProvider();
        var answer = provider.GetRequiredService<IChatClient>().GetResponseAsync("Hello!", cancellationToken: CancellationToken);
        await _gate.Reached;

        provider.Dispose();
        _gate.Open();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposed_AfterLoading_DisposesTheSession(bool isAsynchronous)
    {
        _gate.Open();
        _services.AddLlamaFp4ChatClient();
        _services.AddKeyedLlamaFp4ChatClient("same");
        var provider = _services.BuildServiceProvider();
        var session = await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);
        await provider.LoadLlamaFp4Async("same", CancellationToken);

        if (isAsynchronous)
        {
            await provider.DisposeAsync();
        }
        else
        {
            provider.Dispose();
        }

        Assert.Throws<ObjectDisposedException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = Prompt }, CancellationToken));
    }

    [Fact]
    public async Task LoadLlamaFp4Async_UnknownKey_IsRefused()
    {
        _services.AddKeyedLlamaFp4ChatClient("small");
        await using var provider = _services.BuildServiceProvider();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => provider.LoadLlamaFp4Async("large", CancellationToken));

        Assert.Equal("No LlamaFp4 client is registered under the key 'large'.", failure.Message);
    }

    [Fact]
    public async Task SessionFactory_RunsWhenTheClientIsResolved()
    {
        var session = new CountedSession();
        _services.AddLlamaFp4ChatClient(_ => session);
        await using var provider = _services.BuildServiceProvider();

        Assert.Same(session, await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken));
        Assert.Same(session, provider.GetRequiredService<IChatClient>().GetService<ITokenSession>());
    }

    public void Dispose() => _gate.Dispose();

    private static void CopyPocketModelTo(DirectoryInfo directory)
    {
        foreach (var file in Directory.EnumerateFiles(PocketCheckpoint.DirectoryPath))
        {
            File.Copy(file, Path.Combine(directory.FullName, Path.GetFileName(file)));
        }
    }
}

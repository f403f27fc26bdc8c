using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlamaFp4.Extensions.Tests;

public class RegistrationTests
{
    [Fact]
    public void Client_IsASingletonOverTheSessionOfTheFactory()
    {
        var session = new CountedSession();
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(_ => session);
        using var provider = services.BuildServiceProvider(validateScopes: true);
        using var scope = provider.CreateScope();

        var client = provider.GetRequiredService<IChatClient>();

        Assert.NotNull(client.GetService<LlamaFp4ChatClient>());
        Assert.Same(client, scope.ServiceProvider.GetRequiredService<IChatClient>());
        Assert.Same(session, client.GetService<ITokenSession>());
        Assert.Same(session, provider.GetRequiredService<ITokenSession>());
    }

    [Fact]
    public void Client_Keyed_IsASingletonOfItsKeyOnly()
    {
        CountedSession small = new(), large = new();
        var services = new ServiceCollection();
        services.AddKeyedLlamaFp4ChatClient("small", _ => small);
        services.AddKeyedLlamaFp4ChatClient("large", _ => large);
        using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredKeyedService<IChatClient>("small");

        Assert.Same(client, provider.GetRequiredKeyedService<IChatClient>("small"));
        Assert.Same(small, client.GetService<ITokenSession>());
        Assert.Same(large, provider.GetRequiredKeyedService<IChatClient>("large").GetService<ITokenSession>());
        Assert.Null(provider.GetService<IChatClient>());
        Assert.Null(provider.GetService<ITokenSession>());
    }

    [Fact]
    public void Client_KeyOfAnyType_Works()
    {
        var services = new ServiceCollection();
        services.AddKeyedLlamaFp4ChatClient(DayOfWeek.Monday, _ => new CountedSession(), options => options.ModelId = "monday-model");
        using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredKeyedService<IChatClient>(DayOfWeek.Monday);

        Assert.Equal("monday-model", client.GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    [Fact]
    public void Session_IsCreatedOnFirstUse_AndOnceForRepeatedRegistrations()
    {
        var created = 0;
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(Create);
        services.AddLlamaFp4ChatClient(_ => throw new InvalidOperationException("The first factory wins."));
        using var provider = services.BuildServiceProvider();
        Assert.Equal(0, created);

        var clients = provider.GetServices<IChatClient>().ToList();

        Assert.Equal(2, clients.Count);
        Assert.Same(clients[0].GetService<ITokenSession>(), clients[1].GetService<ITokenSession>());
        Assert.Equal(1, created);

        ITokenSession Create(IServiceProvider provider)
        {
            created++;
            return new CountedSession();
        }
    }

    [Fact]
    public void Session_RegisteredBefore_IsUsed()
    {
        var session = new CountedSession();
        var services = new ServiceCollection();
        services.AddSingleton<ITokenSession>(session);
        services.AddLlamaFp4ChatClient();
        using var provider = services.BuildServiceProvider();

        Assert.Same(session, provider.GetRequiredService<IChatClient>().GetService<ITokenSession>());
    }

    [Fact]
    public void Client_RegisteredAgain_HasTheMiddlewareOfTheLastCall()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(_ => new CountedSession()).UseFunctionInvocation();
        services.AddLlamaFp4ChatClient(options => options.ModelId = "again");
        using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<IChatClient>();

        Assert.Null(client.GetService<FunctionInvokingChatClient>());
        Assert.Equal("again", client.GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    [Fact]
    public void Client_Disposed_LeavesTheSessionToTheContainer()
    {
        var session = new CountedSession();
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(_ => session).UseFunctionInvocation();
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IChatClient>().Dispose();

        Assert.Equal(0, session.Disposals);
    }

    [Fact]
    public void Container_DisposedSynchronously_DisposesEachSessionOnce()
    {
        CountedSession session = new(), keyed = new();
        var provider = BuildWithTwoSessions(session, keyed);

        provider.Dispose();

        Assert.Equal(1, session.Disposals);
        Assert.Equal(1, keyed.Disposals);
    }

    [Fact]
    public async Task Container_DisposedAsynchronously_DisposesEachSessionOnce()
    {
        CountedSession session = new(), keyed = new();
        var provider = BuildWithTwoSessions(session, keyed);

        await provider.DisposeAsync();

        Assert.Equal(1, session.Disposals);
        Assert.Equal(1, keyed.Disposals);
    }

    [Fact]
    public async Task Options_ReachTheRequest()
    {
        var session = ScriptedTokenSession.Saying(TinyTokenizer.Create(), "Hello!");
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(new StoppedClock());
        services.AddLlamaFp4ChatClient(_ => session, options =>
        {
            options.ModelId = "house-model";
            options.Temperature = 0.5f;
            options.TopP = 0.75f;
            options.MaxOutputTokens = 12;
            options.UseCurrentDate = true;
        });
        await using var provider = services.BuildServiceProvider();

        var response = await provider.GetRequiredService<IChatClient>()
            .GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("Hello!", response.Text);
        Assert.Equal("house-model", response.ModelId);
        var request = Assert.Single(session.Requests);
        Assert.Equal(0.5f, request.Sampling.Temperature);
        Assert.Equal(0.75f, request.Sampling.TopP);
        Assert.Equal(12, request.MaxNewTokens);
        Assert.Contains("Today Date: 09 Mar 2026", session.PromptText(0), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryRegistration_PassesValidationOfScopesAndOnBuild()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient().UseFunctionInvocation();
        services.AddKeyedLlamaFp4ChatClient("key", options => options.TopP = 1).UseOpenTelemetry();
        services.AddKeyedLlamaFp4ChatClient("section", new ConfigurationBuilder().Build());
        services.AddKeyedLlamaFp4ChatClient("factory", _ => new CountedSession());
        using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        using var scope = provider.CreateScope();

        Assert.NotNull(scope.ServiceProvider.GetRequiredService<IChatClient>());
        Assert.All(
            ["key", "section", "factory"],
            key => Assert.Same(provider.GetRequiredKeyedService<IChatClient>(key), scope.ServiceProvider.GetRequiredKeyedService<IChatClient>(key)));
    }

    [Fact]
    public void NullArguments_AreRefusedAtTheCall()
    {
        var services = new ServiceCollection();

        Assert.Throws<ArgumentNullException>("services", () => ((IServiceCollection)null!).AddLlamaFp4ChatClient());
        Assert.Throws<ArgumentNullException>("section", () => services.AddLlamaFp4ChatClient((IConfiguration)null!));
        Assert.Throws<ArgumentNullException>("sessionFactory", () => services.AddLlamaFp4ChatClient((Func<IServiceProvider, ITokenSession>)null!));
        Assert.Throws<ArgumentNullException>("serviceKey", () => services.AddKeyedLlamaFp4ChatClient(null!));
        Assert.Empty(services);
    }

    private static ServiceProvider BuildWithTwoSessions(ITokenSession session, ITokenSession keyed)
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(_ => session).UseFunctionInvocation();
        services.AddLlamaFp4ChatClient(_ => session);
        services.AddKeyedLlamaFp4ChatClient("keyed", _ => keyed);
        var provider = services.BuildServiceProvider();
        _ = provider.GetServices<IChatClient>().ToList();
        provider.GetRequiredKeyedService<IChatClient>("keyed");
        return provider;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 3, 9, 12, 0, 0, TimeSpan.Zero);
    }
}

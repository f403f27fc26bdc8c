using LlamaFp4.PocketModel;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Tests;

public class HostApplicationBuilderTests
{
    [Fact]
    public void Options_AreBoundFromSectionConnectionAndConnectionString_InThisOrder()
    {
        var builder = Create(
            ("LlamaFp4:MaxQueuedRequests", "1"),
            ("LlamaFp4:MaxOutputTokens", "1"),
            ("LlamaFp4:ModelId", "from section"),
            ("LlamaFp4:Endpoints:0", "smg://section:50051"),
            ("LlamaFp4:chat:Endpoints:0", "smg://connection:50051"),
            ("LlamaFp4:chat:MaxOutputTokens", "2"),
            ("LlamaFp4:chat:ModelId", "from connection section"),
            ("ConnectionStrings:chat", $"Model={PocketCheckpoint.DirectoryPath};ModelId=from connection string"));
        builder.AddLlamaFp4("chat", options => options.TopP = 0.5f).AddChatClient();
        using var host = builder.Build();

        var options = Read(host);

        Assert.Equal(1, options.MaxQueuedRequests);
        Assert.Equal(2, options.MaxOutputTokens);
        Assert.Equal([new Uri("smg://connection:50051")], options.Endpoints);
        Assert.Equal("from connection string", options.ModelId);
        Assert.Equal(PocketCheckpoint.DirectoryPath, options.Model);
        Assert.Equal(0.5f, options.TopP);
    }

    [Fact]
    public void ConnectionString_MayBeADirectory()
    {
        var builder = Create(("ConnectionStrings:chat", PocketCheckpoint.DirectoryPath));
        builder.AddLlamaFp4("chat").AddChatClient();
        using var host = builder.Build();

        Assert.Equal(PocketCheckpoint.DirectoryPath, Read(host).Model);
    }

    [Fact]
    public void ConnectionString_MayNameEndpoints()
    {
        var builder = Create(("ConnectionStrings:chat", $"Endpoint=smg://one:50051, smg://other:50051; Model={PocketCheckpoint.DirectoryPath}"));
        builder.AddLlamaFp4("chat").AddChatClient();
        using var host = builder.Build();

        var options = Read(host);
        var metadata = host.Services.GetRequiredService<IChatClient>().GetService<ChatClientMetadata>();

        Assert.Equal(["smg://one:50051/", "smg://other:50051/"], options.Endpoints.Select(endpoint => endpoint.AbsoluteUri));
        Assert.Equal(new Uri("smg://one:50051"), metadata!.ProviderUri);
        Assert.Equal("pocket", metadata.DefaultModelId);
    }

    [Theory]
    [InlineData("ConnectionStrings:chat", "Modell=x", "ConnectionStrings:chat holds 'Modell' in a way that is not understood: give a checkpoint directory, or pairs of Endpoint, Model and ModelId such as Endpoint=smg://host:50051;Model=/models/llama.")]
    [InlineData("ConnectionStrings:chat", "smg://host:x", "ConnectionStrings:chat holds 'Endpoint' in a way that is not understood: give a checkpoint directory, or pairs of Endpoint, Model and ModelId such as Endpoint=smg://host:50051;Model=/models/llama.")]
    [InlineData("ConnectionStrings:chat", "Model=.;Key=secret", "ConnectionStrings:chat holds 'Key' in a way that is not understood: give a checkpoint directory, or pairs of Endpoint, Model and ModelId such as Endpoint=smg://host:50051;Model=/models/llama.")]
    [InlineData("LlamaFp4:chat:Server:FreeGpuMemoryFraction", "1", "LlamaFp4:chat:Server:FreeGpuMemoryFraction must be less than 1, but is 1.")]
    [InlineData("LlamaFp4:chat:Server:StopTimeout", "02:00:00", "LlamaFp4:chat:Server:StopTimeout must be at most an hour, but is 02:00:00.")]
    [InlineData("LlamaFp4:chat:MaxConcurrentRequests", "1025", "LlamaFp4:chat:MaxConcurrentRequests must be 1 to 1024 on the CPU, but is 1025.")]
    [InlineData("ConnectionStrings:chat", "smg://host:50051", "LlamaFp4:chat:Model is missing: give the directory with config.json and tokenizer.json of the checkpoint that the endpoints run.")]
    [InlineData("LlamaFp4:chat:Server:StreamInterval", "0", "LlamaFp4:chat:Server:StreamInterval must be 1 or more, but is 0.")]
    [InlineData("LlamaFp4:Connection:IdleTimeout", "00:00:00", "LlamaFp4:Connection:IdleTimeout must be more than 00:00:00 and at most 24 days, or -00:00:00.001 for ever, but is 00:00:00.")]
    [InlineData("ConnectionStrings:chat", "ModelId=", "ConnectionStrings:chat is empty: give a name, or leave it out for the checkpoint's own.")]
    [InlineData("LlamaFp4:chat:TopP", "2", "LlamaFp4:chat:TopP must be more than 0 and at most 1, but is 2.")]
    [InlineData("LlamaFp4:TopP", "2", "LlamaFp4:TopP must be more than 0 and at most 1, but is 2.")]
    public async Task InvalidSetting_IsNamedWhereItStands(string key, string value, string expected)
    {
        var builder = Create((key, value));
        builder.AddLlamaFp4("chat").AddChatClient();
        using var host = builder.Build();

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal([expected], failure.Failures);
    }

    [Fact]
    public void InvalidSetting_OfCode_IsNamedWhereItWouldStand()
    {
        var builder = Create();
        builder.AddLlamaFp4("chat", options => options.TopP = 2).AddChatClient();
        using var host = builder.Build();

        var failure = Assert.Throws<OptionsValidationException>(() => Read(host));

        Assert.Equal(["LlamaFp4:chat:TopP must be more than 0 and at most 1, but is 2."], failure.Failures);
    }

    [Fact]
    public void Client_HasTelemetryInnermost_UnlessSwitchedOff()
    {
        var builder = Create(("LlamaFp4:quiet:DisableTracing", "true"), ("LlamaFp4:open:EnableSensitiveData", "true"));
        builder.AddLlamaFp4("chat").AddChatClient().UseFunctionInvocation();
        builder.AddKeyedLlamaFp4("quiet", "quiet").AddKeyedChatClient();
        builder.AddKeyedLlamaFp4("open", "open").AddKeyedChatClient();
        using var host = builder.Build();

        var client = host.Services.GetRequiredService<IChatClient>();
        var quiet = host.Services.GetRequiredKeyedService<IChatClient>("quiet");
        var open = host.Services.GetRequiredKeyedService<IChatClient>("open");

        Assert.IsType<FunctionInvokingChatClient>(client);
        Assert.False(client.GetService<OpenTelemetryChatClient>()!.EnableSensitiveData);
        Assert.Null(quiet.GetService<OpenTelemetryChatClient>());
        Assert.True(open.GetService<OpenTelemetryChatClient>()!.EnableSensitiveData);
    }

    [Fact]
    public async Task KeyedModel_MayHaveAClientWithoutKey()
    {
        var builder = Create();
        var model = builder.AddKeyedLlamaFp4("house", "chat");
        model.AddChatClient();
        using var host = builder.Build();

        var session = await host.Services.LoadLlamaFp4Async("house", TestContext.Current.CancellationToken);

        Assert.Equal("house", model.ServiceKey);
        Assert.Same(builder, model.HostBuilder);
        Assert.Same(session, host.Services.GetRequiredService<IChatClient>().GetService<LlamaFp4ChatClient>()!.GetService(session.GetType()));
        Assert.Null(host.Services.GetKeyedService<IChatClient>("house"));
    }

    [Fact]
    public void KeyedClient_OfAModelWithoutKey_IsRefused()
    {
        var model = Create().AddLlamaFp4("chat");

        var failure = Assert.Throws<InvalidOperationException>(() => model.AddKeyedChatClient());

        Assert.Contains("AddKeyedLlamaFp4", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HealthChecks_AreAdded()
    {
        var builder = Create();
        builder.AddLlamaFp4("chat");
        using var host = builder.Build();

        var names = host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(check => check.Name);

        Assert.Equal(["llamafp4-live", "llamafp4-ready"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void BadArguments_AreRefusedAtTheCall()
    {
        var builder = Create();

        Assert.Throws<ArgumentNullException>("builder", () => ((IHostApplicationBuilder)null!).AddLlamaFp4("chat"));
        Assert.Throws<ArgumentNullException>("connectionName", () => builder.AddLlamaFp4(null!));
        Assert.Throws<ArgumentException>("connectionName", () => builder.AddKeyedLlamaFp4("key", ""));
        Assert.Throws<ArgumentNullException>("serviceKey", () => builder.AddKeyedLlamaFp4(null!, "chat"));
    }

    private static HostApplicationBuilder Create(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        return builder;
    }

    private static LlamaFp4Options Read(IHost host) => host.Services.GetRequiredService<IOptionsMonitor<LlamaFp4Options>>().Get("");
}

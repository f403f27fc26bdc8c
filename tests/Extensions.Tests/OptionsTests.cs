using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.TensorRtLlm;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Tests;

public class OptionsTests
{
    [Fact]
    public void Options_WithoutConfiguration_AreTheDefaults()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient();

        var options = Read(services);

        Assert.Null(options.Model);
        Assert.Equal(CpuNumerics.Fast, options.Numerics);
        Assert.Null(options.MaxConcurrentRequests);
        Assert.Equal(1024, options.MaxQueuedRequests);
        Assert.False(options.UseCurrentDate);
    }

    [Fact]
    public void Options_EverySetting_IsBoundFromItsSection()
    {
        var model = Directory.CreateTempSubdirectory("llamafp4-");
        var services = WithConfiguration(
            ("LlamaFp4:Model", model.FullName),
            ("LlamaFp4:ModelId", "house-model"),
            ("LlamaFp4:Numerics", "exact"),
            ("LlamaFp4:ThreadCount", "3"),
            ("LlamaFp4:ContextLength", "2048"),
            ("LlamaFp4:MaxConcurrentRequests", "4"),
            ("LlamaFp4:MaxQueuedRequests", "0"),
            ("LlamaFp4:Temperature", "0.6"),
            ("LlamaFp4:TopP", "0.9"),
            ("LlamaFp4:MaxOutputTokens", "256"),
            ("LlamaFp4:DateText", "01 Jan 2026"),
            ("LlamaFp4:Loading", "OnFirstRequest"),
            ("LlamaFp4:ReadyTimeout", "-00:00:00.001"),
            ("LlamaFp4:DisableHealthChecks", "true"),
            ("LlamaFp4:DisableTracing", "true"),
            ("LlamaFp4:EnableSensitiveData", "true"));
        services.AddLlamaFp4ChatClient();

        var options = Read(services);

        Assert.Equal(model.FullName, options.Model);
        Assert.Equal("house-model", options.ModelId);
        Assert.Equal(CpuNumerics.Exact, options.Numerics);
        Assert.Equal(3, options.ThreadCount);
        Assert.Equal(2048, options.ContextLength);
        Assert.Equal(4, options.MaxConcurrentRequests);
        Assert.Equal(0, options.MaxQueuedRequests);
        Assert.Equal(0.6f, options.Temperature);
        Assert.Equal(0.9f, options.TopP);
        Assert.Equal(256, options.MaxOutputTokens);
        Assert.Equal("01 Jan 2026", options.DateText);
        Assert.Equal(ModelLoading.OnFirstRequest, options.Loading);
        Assert.Equal(Timeout.InfiniteTimeSpan, options.ReadyTimeout);
        Assert.True(options.DisableHealthChecks);
        Assert.True(options.DisableTracing);
        Assert.True(options.EnableSensitiveData);
        model.Delete();
    }

    [Fact]
    public void Options_Keyed_AreBoundFromTheSectionOfTheKey()
    {
        var services = WithConfiguration(("LlamaFp4:ModelId", "default"), ("LlamaFp4:small:ModelId", "small-model"), ("LlamaFp4:small:UseCurrentDate", "true"));
        services.AddLlamaFp4ChatClient();
        services.AddKeyedLlamaFp4ChatClient("small");

        Assert.Equal("default", Read(services).ModelId);
        Assert.Equal("small-model", Read(services, "small").ModelId);
        Assert.True(Read(services, "small").UseCurrentDate);
    }

    [Fact]
    public void Options_SectionOfChoice_ReplacesTheDefaultSection()
    {
        var services = WithConfiguration(("LlamaFp4:TopP", "0.5"), ("LlamaFp4:big:TopP", "0.5"));
        services.AddLlamaFp4ChatClient(Configuration(("Models:Chat:ModelId", "chosen")).GetSection("Models:Chat"));
        services.AddKeyedLlamaFp4ChatClient("big", Configuration(("ModelId", "big-model")));

        Assert.Equal("chosen", Read(services).ModelId);
        Assert.Null(Read(services).TopP);
        Assert.Equal("big-model", Read(services, "big").ModelId);
        Assert.Null(Read(services, "big").TopP);
    }

    [Fact]
    public void Options_Code_WinsOverConfiguration()
    {
        var services = WithConfiguration(("LlamaFp4:ModelId", "from configuration"), ("LlamaFp4:TopP", "0.5"));
        services.AddLlamaFp4ChatClient(options => options.ModelId = "from code");

        var options = Read(services);

        Assert.Equal("from code", options.ModelId);
        Assert.Equal(0.5f, options.TopP);
    }

    [Fact]
    public void Options_RegisteredAgain_KeepWhatCodeHasSet()
    {
        var services = WithConfiguration(("LlamaFp4:ModelId", "from configuration"));
        services.AddLlamaFp4ChatClient(options => options.ModelId = "from code");
        services.AddLlamaFp4ChatClient(options => options.TopP = 0.25f);

        var options = Read(services);

        Assert.Equal("from code", options.ModelId);
        Assert.Equal(0.25f, options.TopP);
    }

    [Theory]
    [InlineData("Model", "", "LlamaFp4:Model is empty: give a checkpoint directory, or leave it out for the pocket model.")]
    [InlineData("ModelId", "", "LlamaFp4:ModelId is empty: give a name, or leave it out for the checkpoint's own.")]
    [InlineData("Numerics", "7", "LlamaFp4:Numerics must be one of Fast, Exact, but is 7.")]
    [InlineData("ThreadCount", "0", "LlamaFp4:ThreadCount must be 1 to 1024, but is 0.")]
    [InlineData("ContextLength", "-1", "LlamaFp4:ContextLength must be 1 or more, but is -1.")]
    [InlineData("MaxConcurrentRequests", "0", "LlamaFp4:MaxConcurrentRequests must be 1 to 65536, but is 0.")]
    [InlineData("KvCacheTokens", "31", "LlamaFp4:KvCacheTokens must be 32 or more, but is 31.")]
    [InlineData("MaxConcurrentRequests", "65537", "LlamaFp4:MaxConcurrentRequests must be 1 to 65536, but is 65537.")]
    [InlineData("Engine", "8", "LlamaFp4:Engine must be one of Auto, Cpu, TensorRtLlm, but is 8.")]
    [InlineData("Engine", "TensorRtLlm", "LlamaFp4:Model is missing: give the checkpoint directory that TensorRT-LLM is to run, and LlamaFp4:Endpoints if it runs already.")]
    [InlineData("Connection:ConnectionsPerEndpoint", "65", "LlamaFp4:Connection:ConnectionsPerEndpoint must be 1 to 64, but is 65.")]
    [InlineData("Connection:KeepAliveInterval", "00:00:05", "LlamaFp4:Connection:KeepAliveInterval must be at least 10 seconds and at most 24 days, but is 00:00:05.")]
    [InlineData("Server:Port", "0", "LlamaFp4:Server:Port must be 1 to 65535, but is 0.")]
    [InlineData("Server:KvCacheType", "5", "LlamaFp4:Server:KvCacheType must be one of Auto, Fp8, NvFp4, but is 5.")]
    [InlineData("MaxQueuedRequests", "-1", "LlamaFp4:MaxQueuedRequests must be 0 or more, but is -1.")]
    [InlineData("MaxOutputTokens", "0", "LlamaFp4:MaxOutputTokens must be 1 or more, but is 0.")]
    [InlineData("Temperature", "-0.1", "LlamaFp4:Temperature must be 0 or more, but is -0.1.")]
    [InlineData("Temperature", "NaN", "LlamaFp4:Temperature must be 0 or more, but is NaN.")]
    [InlineData("TopP", "0", "LlamaFp4:TopP must be more than 0 and at most 1, but is 0.")]
    [InlineData("Loading", "9", "LlamaFp4:Loading must be one of Background, BeforeStart, OnFirstRequest, but is 9.")]
    [InlineData("ReadyTimeout", "-00:00:01", "LlamaFp4:ReadyTimeout must be 00:00:00 to 24 days, or -00:00:00.001 for as long as it takes, but is -00:00:01.")]
    [InlineData("ReadyTimeout", "50.00:00:00", "LlamaFp4:ReadyTimeout must be 00:00:00 to 24 days, or -00:00:00.001 for as long as it takes, but is 50.00:00:00.")]
    [InlineData("TopP", "1.5", "LlamaFp4:TopP must be more than 0 and at most 1, but is 1.5.")]
    public void Options_InvalidValue_NamesItsConfigurationKey(string setting, string value, string expected)
    {
        var services = WithConfiguration(($"LlamaFp4:{setting}", value));
        services.AddLlamaFp4ChatClient();

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services));

        Assert.Equal([expected], failure.Failures);
    }

    [Fact]
    public void Options_TwoDates_AreRefused()
    {
        var services = WithConfiguration(("LlamaFp4:DateText", "01 Jan 2026"), ("LlamaFp4:UseCurrentDate", "true"));
        services.AddLlamaFp4ChatClient();

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services));

        Assert.Equal(["LlamaFp4:DateText cannot be combined with LlamaFp4:UseCurrentDate: set one of them."], failure.Failures);
    }

    [Fact]
    public void Options_InvalidValueOfAKeyedClient_NamesTheKeyedSection()
    {
        var services = WithConfiguration(("LlamaFp4:small:ThreadCount", "0"));
        services.AddKeyedLlamaFp4ChatClient("small");

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services, "small"));

        Assert.Equal(["LlamaFp4:small:ThreadCount must be 1 to 1024, but is 0."], failure.Failures);
    }

    [Fact]
    public void Options_InvalidValueOfASectionOfChoice_NamesThatSection()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(Configuration(("Models:Chat:TopP", "2")).GetSection("Models:Chat"));

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services));

        Assert.Equal(["Models:Chat:TopP must be more than 0 and at most 1, but is 2."], failure.Failures);
    }

    [Fact]
    public void Options_InvalidValueOfAWholeConfiguration_NamesTheBareKey()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(Configuration(("TopP", "2")));

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services));

        Assert.Equal(["TopP must be more than 0 and at most 1, but is 2."], failure.Failures);
    }

    [Fact]
    public void Options_MissingCheckpointDirectory_NamesSettingAndDirectory()
    {
        var missing = Path.Combine(AppContext.BaseDirectory, "no-such-checkpoint");
        var services = WithConfiguration(("LlamaFp4:Model", missing));
        services.AddLlamaFp4ChatClient();

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services));

        Assert.Equal(
            [$"LlamaFp4:Model is '{missing}', but there is no directory '{missing}'. Give the directory of an NVFP4 checkpoint, or leave it out for the pocket model."],
            failure.Failures);
    }

    [Fact]
    public void Options_MissingCheckpointDirectory_DoesNotMatterToASessionOfOnesOwn()
    {
        var services = WithConfiguration(("LlamaFp4:Model", "no-such-checkpoint"));
        services.AddLlamaFp4ChatClient(_ => throw new NotSupportedException("not resolved here"));

        Assert.Equal("no-such-checkpoint", Read(services).Model);
    }

    [Fact]
    public void Options_OfTensorRtLlm_AreBoundFromTheirSections()
    {
        var model = Directory.CreateTempSubdirectory("llamafp4-");
        var services = WithConfiguration(
            ("LlamaFp4:Engine", "TensorRtLlm"),
            ("LlamaFp4:Model", model.FullName),
            ("LlamaFp4:Endpoints:0", "smg://one:50051"),
            ("LlamaFp4:Endpoints:1", "https://other/"),
            ("LlamaFp4:Connection:Transport", "Http"),
            ("LlamaFp4:Connection:BearerToken", "secret"),
            ("LlamaFp4:Connection:FirstTokenTimeout", "00:00:30"),
            ("LlamaFp4:Connection:KeepAliveInterval", "00:01:00"),
            ("LlamaFp4:Server:DockerImage", "registry/image:tag"),
            ("LlamaFp4:Server:Gpus:0", "4"),
            ("LlamaFp4:Server:Gpus:1", "5"),
            ("LlamaFp4:Server:FreeGpuMemoryFraction", "0.85"),
            ("LlamaFp4:Server:ExtraArguments:0", "--trust"),
            ("LlamaFp4:Server:EnvironmentVariables:NAME", "value"));
        services.AddLlamaFp4ChatClient();

        var options = Read(services);

        Assert.Equal(LlamaFp4Engine.TensorRtLlm, options.Engine);
        Assert.Equal([new Uri("smg://one:50051"), new Uri("https://other/")], options.Endpoints);
        Assert.Equal(TensorRtLlmTransport.Http, options.Connection.Transport);
        Assert.Equal("secret", options.Connection.BearerToken);
        Assert.Equal(TimeSpan.FromSeconds(30), options.Connection.FirstTokenTimeout);
        Assert.Equal(TimeSpan.FromMinutes(1), options.Connection.KeepAliveInterval);
        Assert.Equal("registry/image:tag", options.Server.DockerImage);
        Assert.Equal([4, 5], options.Server.Gpus);
        Assert.Equal(0.85f, options.Server.FreeGpuMemoryFraction);
        Assert.Equal(["--trust"], options.Server.ExtraArguments);
        Assert.Equal("value", options.Server.EnvironmentVariables["NAME"]);
        model.Delete();
    }

    [Fact]
    public void Options_OfTensorRtLlm_ThatDoNotGoTogether_AreAllNamed()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(options =>
        {
            options.Engine = LlamaFp4Engine.Cpu;
            options.Endpoints.Add(new Uri("ftp://host/"));
            options.Server.DockerImage = "image";
            options.Server.VirtualEnvironment = "venv";
        });

        var failure = Assert.Throws<OptionsValidationException>(() => Read(services));

        Assert.Equal(
            [
                "LlamaFp4:Model is missing: give the directory with config.json and tokenizer.json of the checkpoint that the endpoints run.",
                "LlamaFp4:Endpoints cannot be combined with LlamaFp4:Engine Cpu: leave one of them out.",
                "LlamaFp4:Endpoints holds 'ftp://host/': give smg://, smgs://, openengine://, openengines://, http://, https:// with host and port.",
                "LlamaFp4:Server says more than once where trtllm-serve is: give one of ExecutablePath, VirtualEnvironment and DockerImage.",
            ],
            failure.Failures);
    }

    [Fact]
    public void Options_FluentHelpers_SetEngineModelAndEndpoints()
    {
        var remote = new LlamaFp4Options().UseTensorRtLlm("/models/llama", new Uri("smg://host:50051"));
        var local = new LlamaFp4Options().UseTensorRtLlm("/models/llama");
        var cpu = new LlamaFp4Options().UseTensorRtLlm("/models/llama", new Uri("smg://host:50051")).UseCpu();

        Assert.Equal((LlamaFp4Engine.TensorRtLlm, "/models/llama", 1), (remote.Engine, remote.Model, remote.Endpoints.Count));
        Assert.Equal((LlamaFp4Engine.TensorRtLlm, "/models/llama", 0), (local.Engine, local.Model, local.Endpoints.Count));
        Assert.Equal((LlamaFp4Engine.Cpu, null, 0), (cpu.Engine, cpu.Model, cpu.Endpoints.Count));
    }

    [Fact]
    public async Task Options_AreValidatedWhenAHostStarts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("LlamaFp4:ThreadCount", (string?)"0")]);
        builder.Services.AddLlamaFp4ChatClient();
        using var host = builder.Build();

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["LlamaFp4:ThreadCount must be 1 to 1024, but is 0."], failure.Failures);
    }

    [Fact]
    public void AddKeyedLlamaFp4ChatClient_KeyWithoutText_IsRefused()
    {
        var services = new ServiceCollection();

        Assert.Throws<ArgumentException>("serviceKey", () => services.AddKeyedLlamaFp4ChatClient(""));
    }

    private static LlamaFp4Options Read(IServiceCollection services, string name = "")
    {
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<LlamaFp4Options>>().Get(name);
    }

    private static ServiceCollection WithConfiguration(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(Configuration(settings));
        return services;
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Build();
}

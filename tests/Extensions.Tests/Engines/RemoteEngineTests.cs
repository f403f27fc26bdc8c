using System.ComponentModel;
using LlamaFp4.Extensions.Engines;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.PocketModel;
using LlamaFp4.StandIns;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Tests.Engines;

/// <summary>From the registration over a real socket to a server, with the pocket model as its engine.</summary>
public sealed class RemoteEngineTests : IDisposable
{
    private readonly CpuSession _engine = CpuSession.Load(PocketCheckpoint.DirectoryPath);
    private readonly ServiceCollection _services = new();

    public RemoteEngineTests()
    {
        _services.AddLogging(logging => logging.AddFakeLogging());
        _services.AddHealthChecks();
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StandInProtocol.Smg)]
    [InlineData(StandInProtocol.OpenEngine)]
    public async Task Endpoint_AnswersWithATool_AndIsHealthy(StandInProtocol protocol)
    {
        await using var server = await StandInServer.StartAsync(protocol, _engine);
        _services.AddLlamaFp4ChatClient(options => options.UseTensorRtLlm(PocketCheckpoint.DirectoryPath, server.Endpoint).Temperature = 0).UseFunctionInvocation();
        await using var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        var response = await client.GetResponseAsync(
            "What is the weather in Nairobi?", new ChatOptions { Tools = [AIFunctionFactory.Create(GetWeather, "get_weather")] }, CancellationToken);
        var health = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(CancellationToken);

        Assert.Contains("windy", response.Text, StringComparison.Ordinal);
        Assert.IsType<TensorRtLlmSession>(client.GetService<ITokenSession>());
        Assert.Equal(server.Endpoint.Port, client.GetService<ChatClientMetadata>()!.ProviderUri!.Port);
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.StartsWith("1 of 1 servers usable, ", health.Entries["llamafp4-ready"].Description, StringComparison.Ordinal);

        [Description("Gets the current weather for a city")]
        static string GetWeather([Description("Name of the city")] string city) => "23 degrees and windy";
    }

    [Fact]
    public async Task TwoKeysOfTheSameEndpoint_ShareASession_AndItsChoiceIsLoggedOnce()
    {
        await using var server = await StandInServer.StartAsync(StandInProtocol.Smg, _engine);
        _services.AddKeyedLlamaFp4ChatClient("one", UseServer);
        _services.AddKeyedLlamaFp4ChatClient("other", options => UseServer(options));
        await using var provider = _services.BuildServiceProvider();

        var one = await provider.LoadLlamaFp4Async("one", CancellationToken);
        var other = await provider.LoadLlamaFp4Async("other", CancellationToken);

        Assert.Same(one, other);
        Assert.Equal(
            $"Running {PocketCheckpoint.DirectoryPath} on Endpoints, because LlamaFp4:one:Endpoints names {server.Endpoint}",
            Assert.Single(provider.GetFakeLogCollector().GetSnapshot(), record => record.Id.Id == 7 && record.Category == "LlamaFp4.Extensions").Message);

        void UseServer(LlamaFp4Options options)
        {
            options.Model = PocketCheckpoint.DirectoryPath;
            options.Endpoints.Add(server.Endpoint);
        }
    }

    [Fact]
    public async Task EndpointThatIsNotThere_FailsTheLoad_AndIsUsedWhenItIsBack()
    {
        await using var server = await StandInServer.StartAsync(StandInProtocol.Smg, _engine);
        await server.GoAwayAsync();
        _services.AddLlamaFp4ChatClient(options =>
        {
            options.UseTensorRtLlm(PocketCheckpoint.DirectoryPath, server.Endpoint).MaxOutputTokens = 1;
            options.Connection.StartUpTimeout = TimeSpan.Zero;
        });
        await using var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        var failure = await Assert.ThrowsAsync<SessionUnavailableException>(() => client.GetResponseAsync("Hello!", cancellationToken: CancellationToken));
        await server.ComeBackAsync();
        var answer = await client.GetResponseAsync("Hello!", cancellationToken: CancellationToken);

        Assert.StartsWith($"Could not load {PocketCheckpoint.DirectoryPath}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains($":{server.Endpoint.Port}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, answer.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task ServerToBeStartedHere_ThatCannotBe_FailsTheLoadWithTheReason()
    {
        _services.AddSingleton(new Machine(Gpus: 4, Executable: null));
        _services.AddLlamaFp4ChatClient(options =>
        {
            options.UseTensorRtLlm(PocketCheckpoint.DirectoryPath);
            options.Server.ExecutablePath = Path.Combine(PocketCheckpoint.DirectoryPath, "no-such-trtllm-serve");
        });
        await using var provider = _services.BuildServiceProvider();

        var failure = await Assert.ThrowsAsync<SessionUnavailableException>(() => provider.LoadLlamaFp4Async(cancellationToken: CancellationToken));

        Assert.Contains("no-such-trtllm-serve", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _engine.Dispose();
}

using System.Net;
using System.Net.Sockets;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Tests.TensorRtLlm;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class EndpointCheckTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RunAsync_GoodServer_IsDescribedAndGenerates(StandInProtocol protocol)
    {
        await using var served = new ServedModel(protocol);
        var server = await served.ServeAsync();

        var checks = await RunAsync(server.HttpEndpoint, new PreflightOptions { CheckpointDirectory = served.Directory });

        Assert.Equal([PreflightStatus.Ok, PreflightStatus.Ok], checks.Select(check => check.Status));
        Assert.StartsWith($"{server.HttpEndpoint.OriginalString} speaks {protocol}: ", checks[0].Detail, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith($"One token from {server.HttpEndpoint.OriginalString} in ", checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoCheckpoint_DescribesTheServerOnly()
    {
        await using var served = new ServedModel(StandInProtocol.Smg);
        var server = await served.ServeAsync();

        var checks = await RunAsync(server.Endpoint, new PreflightOptions());

        Assert.Equal([PreflightStatus.Ok, PreflightStatus.Warning], checks.Select(check => check.Status));
        Assert.Equal($"Not tried at {server.Endpoint.OriginalString}: no whole checkpoint was named.", checks[1].Detail);
    }

    [Fact]
    public async Task RunAsync_ContextTooShort_SaysHowToRestart()
    {
        await using var served = new ServedModel(StandInProtocol.Smg);
        var server = await served.ServeAsync(new StandInBehaviour { ContextLength = 128 });

        var checks = await RunAsync(server.Endpoint, new PreflightOptions { ContextLength = 256 });

        Assert.Equal(PreflightStatus.Warning, checks[0].Status);
        Assert.Equal("For a context of 256 restart it with --max_seq_len 256.", checks[0].Advice);
    }

    [Fact]
    public async Task RunAsync_GuidesIgnored_Warns()
    {
        await using var served = new ServedModel(StandInProtocol.Smg);
        var server = await served.ServeAsync(served.Saying(10, 11), new StandInBehaviour { IgnoresGuides = true });

        var checks = await RunAsync(server.Endpoint, new PreflightOptions { CheckpointDirectory = served.Directory });

        Assert.Equal(PreflightStatus.Warning, checks[1].Status);
        Assert.EndsWith("It enforces no guides.", checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_OtherModel_FailsAtTheGeneration()
    {
        await using var served = new ServedModel(StandInProtocol.Smg);
        var server = await served.ServeAsync(new StandInBehaviour { VocabularySize = 128_256 });

        var checks = await RunAsync(server.Endpoint, new PreflightOptions { CheckpointDirectory = served.Directory });

        Assert.Equal([PreflightStatus.Ok, PreflightStatus.Failure], checks.Select(check => check.Status));
        Assert.Contains("has a vocabulary of 128256 tokens", checks[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Unwell_SaysWhatTheServerSays()
    {
        await using var served = new ServedModel(StandInProtocol.Smg);
        var server = await served.ServeAsync(new StandInBehaviour { Illness = "Executor is unhealthy" });

        var checks = await RunAsync(server.Endpoint, new PreflightOptions { CheckpointDirectory = served.Directory });

        Assert.Equal($"The server {server.Endpoint.OriginalString} says that it is unwell: Executor is unhealthy.", Assert.Single(checks).Detail);
    }

    [Theory]
    [InlineData("wrong", PreflightStatus.Failure)]
    [InlineData("right", PreflightStatus.Ok)]
    public async Task RunAsync_ProxyThatWantsAToken_TakesTheRightOne(string token, PreflightStatus expected)
    {
        await using var served = new ServedModel(StandInProtocol.Smg);
        var server = await served.ServeAsync(new StandInBehaviour { BearerToken = "right" });

        var checks = await RunAsync(server.Endpoint, new PreflightOptions { CheckpointDirectory = served.Directory, BearerToken = token });

        Assert.Equal(expected, checks[0].Status);
        Assert.Equal(expected == PreflightStatus.Ok ? null : "Give the bearer token of the proxy before it.", checks[0].Advice);
    }

    [Fact]
    public async Task RunAsync_NobodyListens_AdvisesToWaitForLoading()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var checks = await RunAsync(new Uri($"http://127.0.0.1:{port}"), new PreflightOptions());

        var check = Assert.Single(checks);
        Assert.Equal(PreflightStatus.Failure, check.Status);
        Assert.Equal("Check host and port. The port opens only after the model is loaded, which takes minutes.", check.Advice);
    }

    [Fact]
    public async Task RunAsync_SilentListener_EndsAfterTheTimeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = new Uri($"smg://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

        var checks = await RunAsync(endpoint, new PreflightOptions { Timeout = TimeSpan.FromMilliseconds(200) });

        Assert.Equal($"The server {endpoint.OriginalString} did not answer within 0.20 s.", Assert.Single(checks).Detail);
    }

    [Fact]
    public async Task RunAsync_UnknownScheme_IsExplained()
    {
        var checks = await RunAsync(new Uri("ftp://b200:8000"), new PreflightOptions());

        Assert.Equal("Name it as http://HOST:PORT, and what it speaks is found out.", Assert.Single(checks).Advice);
    }

    private static ValueTask<List<PreflightCheck>> RunAsync(Uri endpoint, PreflightOptions options) =>
        EndpointCheck.RunAsync(endpoint, options, isCheckpointWhole: options.CheckpointDirectory is not null, CancellationToken).ToListAsync(CancellationToken);
}

using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Grpc;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Grpc;

public sealed class GrpcChannelsTests
{
    // What gRPC tolerates while a server has nothing to send: one ping in 5 minutes.
    private static readonly TimeSpan Tolerated = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("smg://host:1")]
    [InlineData("openengine://host:1")]
    public void KeepAlive_IsNoMoreThanAServerTolerates(string endpoint) => Assert.True(KeepAliveOf(endpoint) > Tolerated);

    [Theory]
    [InlineData("smg://localhost:1")]
    [InlineData("openengine://127.0.0.1:1")]
    [InlineData("openengine://[::1]:1")]
    public void KeepAlive_OverLoopback_IsNone(string endpoint) => Assert.Equal(Timeout.InfiniteTimeSpan, KeepAliveOf(endpoint));

    [Fact]
    public void KeepAlive_ThatIsConfigured_IsTaken() => Assert.Equal(TimeSpan.FromSeconds(40), KeepAliveOf("smg://host:1", TimeSpan.FromSeconds(40)));

    private static TimeSpan KeepAliveOf(string endpoint, TimeSpan? configured = null) =>
        GrpcChannels.KeepAliveOf(ServerAddress.Parse(new Uri(endpoint), TensorRtLlmTransport.Auto), new TensorRtLlmOptions { KeepAliveInterval = configured });
}

using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

public sealed class TrtLlmServerOptionsTests
{
    [Theory]
    [InlineData(nameof(TrtLlmServerOptions.Transport), TensorRtLlmTransport.Auto)]
    [InlineData(nameof(TrtLlmServerOptions.KvCacheType), (TrtLlmKvCacheType)9)]
    [InlineData(nameof(TrtLlmServerOptions.GuidedDecoding), (TrtLlmGuidedDecoding)9)]
    [InlineData(nameof(TrtLlmServerOptions.TensorParallelSize), 0)]
    [InlineData(nameof(TrtLlmServerOptions.TensorParallelSize), 65)]
    [InlineData(nameof(TrtLlmServerOptions.MaxSequenceLength), 1)]
    [InlineData(nameof(TrtLlmServerOptions.MaxTokensPerStep), 0)]
    [InlineData(nameof(TrtLlmServerOptions.MaxBatchSize), 0)]
    [InlineData(nameof(TrtLlmServerOptions.MaxBatchSize), 4097)]
    [InlineData(nameof(TrtLlmServerOptions.StreamInterval), 0)]
    [InlineData(nameof(TrtLlmServerOptions.Port), 0)]
    [InlineData(nameof(TrtLlmServerOptions.Port), 65536)]
    [InlineData(nameof(TrtLlmServerOptions.FreeGpuMemoryFraction), 0.0)]
    [InlineData(nameof(TrtLlmServerOptions.FreeGpuMemoryFraction), 1.0)]
    [InlineData(nameof(TrtLlmServerOptions.FreeGpuMemoryFraction), double.NaN)]
    public void StartAsync_OptionOutOfRange_NamesIt(string option, object value) => AssertOutOfRange(option, value);

    [Theory]
    [InlineData(nameof(TrtLlmServerOptions.StartTimeout), 0)]
    [InlineData(nameof(TrtLlmServerOptions.StopTimeout), -1)]
    [InlineData(nameof(TrtLlmServerOptions.StopTimeout), 3601)]
    [InlineData(nameof(TrtLlmServerOptions.RestartDelay), 0)]
    [InlineData(nameof(TrtLlmServerOptions.MaxRestartDelay), 0.5)]
    [InlineData(nameof(TrtLlmServerOptions.StableTime), -1)]
    public void StartAsync_TimeOutOfRange_NamesIt(string option, double seconds) => AssertOutOfRange(option, TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/no/such/directory")]
    public void StartAsync_NoModel_Throws(string directory)
    {
        var exception = Assert.Throws<ArgumentException>(() => Start(new TrtLlmServerOptions { ModelDirectory = directory }));

        Assert.Equal(nameof(TrtLlmServerOptions.ModelDirectory), exception.ParamName);
    }

    [Fact]
    public void StartAsync_TwoLaunchers_NamesBoth()
    {
        var options = new TrtLlmServerOptions { ModelDirectory = "/", VirtualEnvironment = "/venv", DockerImage = "image" };

        var exception = Assert.Throws<ArgumentException>(() => Start(options));

        Assert.Contains("VirtualEnvironment and DockerImage", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StartAsync_FewerGpusThanShareALayer_Throws()
    {
        var exception = Assert.Throws<ArgumentException>(() => Start(new TrtLlmServerOptions { ModelDirectory = "/", Gpus = [0, 1], TensorParallelSize = 4 }));

        Assert.Contains("names 2 GPUs, but TensorParallelSize is 4", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StartAsync_GpuTwice_Throws() =>
        Assert.Throws<ArgumentException>(() => Start(new TrtLlmServerOptions { ModelDirectory = "/", Gpus = [0, 1, 0] }));

    [Theory]
    [InlineData("")]
    [InlineData("A=B")]
    [InlineData("A\0B")]
    public void StartAsync_VariableThatCannotBe_Throws(string name) =>
        Assert.Throws<ArgumentException>(() => Start(new TrtLlmServerOptions { ModelDirectory = "/", EnvironmentVariables = { [name] = "x" } }));

    [Fact]
    public void StartAsync_ArgumentWithNul_Throws() =>
        Assert.Throws<ArgumentException>(() => Start(new TrtLlmServerOptions { ModelDirectory = "/", ExtraArguments = ["a\0b"] }));

    [Fact]
    public void StartAsync_ImageThatDockerWouldTakeForAnOption_Throws() =>
        Assert.Throws<ArgumentException>(() => Start(new TrtLlmServerOptions { ModelDirectory = "/", DockerImage = "--privileged" }));

    private static void AssertOutOfRange(string option, object value)
    {
        var options = new TrtLlmServerOptions { ModelDirectory = "/" };
        typeof(TrtLlmServerOptions).GetProperty(option)!.SetValue(options, value);

        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => Start(options));

        Assert.Equal(option, exception.ParamName);
        Assert.Equal(value, exception.ActualValue);
    }

    // Options are checked at the call; what comes after it never runs here.
    private static void Start(TrtLlmServerOptions options) => _ = TrtLlmServer.StartAsync(options);
}

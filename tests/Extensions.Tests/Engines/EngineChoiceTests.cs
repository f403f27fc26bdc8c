using LlamaFp4.Extensions.Engines;

namespace LlamaFp4.Extensions.Tests.Engines;

public class EngineChoiceTests
{
    private static readonly Machine Bare = new(Gpus: 0, Executable: null);
    private static readonly Machine Blackwell = new(Gpus: 8, Executable: "/usr/bin/trtllm-serve");

    [Fact]
    public void NothingConfigured_IsTheCpu_AndDoesNotLookAtTheMachine()
    {
        var choice = EngineChoice.Of(new LlamaFp4Options(), NotAsked);

        Assert.Equal(EnginePlace.Cpu, choice.Place);
    }

    [Theory]
    [InlineData(LlamaFp4Engine.Auto)]
    [InlineData(LlamaFp4Engine.TensorRtLlm)]
    public void Endpoints_AreTaken(LlamaFp4Engine engine)
    {
        var options = new LlamaFp4Options().UseTensorRtLlm("/models/llama", new Uri("smg://one:50051"), new Uri("smg://other:50051"));
        options.Engine = engine;

        var choice = EngineChoice.Of(options, NotAsked);

        Assert.Equal(EnginePlace.Endpoints, choice.Place);
        Assert.Equal("Endpoints names smg://one:50051/, smg://other:50051/", choice.Reason);
    }

    [Fact]
    public void Cpu_IsTakenWhereverItRuns()
    {
        var choice = EngineChoice.Of(new LlamaFp4Options { Engine = LlamaFp4Engine.Cpu, Model = "/models/llama" }, NotAsked);

        Assert.Equal(EnginePlace.Cpu, choice.Place);
    }

    [Fact]
    public void Auto_OnBlackwellWithTrtLlmServe_StartsIt()
    {
        var choice = EngineChoice.Of(new LlamaFp4Options { Model = "/models/llama" }, () => Blackwell);

        Assert.Equal(new EngineChoice(EnginePlace.LocalServer, "no endpoint is configured, and this machine has 8 Blackwell GPUs and /usr/bin/trtllm-serve", 8), choice);
    }

    [Fact]
    public void Auto_OnBlackwellWithAConfiguredContainer_StartsIt()
    {
        var options = new LlamaFp4Options { Model = "/models/llama" };
        options.Server.DockerImage = "nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc29";

        var choice = EngineChoice.Of(options, () => Blackwell with { Executable = null });

        Assert.Equal(EnginePlace.LocalServer, choice.Place);
    }

    [Fact]
    public void Auto_OnBlackwellWithoutTrtLlmServe_IsTheCpu()
    {
        var choice = EngineChoice.Of(new LlamaFp4Options { Model = "/models/llama" }, () => Blackwell with { Executable = null });

        Assert.Equal((EnginePlace.Cpu, "no endpoint is configured, and trtllm-serve is not on PATH"), (choice.Place, choice.Reason));
    }

    [Fact]
    public void Auto_WithoutBlackwell_IsTheCpu()
    {
        var choice = EngineChoice.Of(new LlamaFp4Options { Model = "/models/llama" }, () => Bare with { Executable = "/usr/bin/trtllm-serve" });

        Assert.Equal((EnginePlace.Cpu, "no endpoint is configured, and this machine has no Blackwell GPU"), (choice.Place, choice.Reason));
    }

    [Fact]
    public void TensorRtLlm_WithoutEndpoints_StartsIt_EvenWhereItCannotBeSeen()
    {
        var choice = EngineChoice.Of(new LlamaFp4Options().UseTensorRtLlm("/models/llama"), () => Bare);

        Assert.Equal(EnginePlace.LocalServer, choice.Place);
    }

    private static Machine NotAsked() => throw new InvalidOperationException("The machine does not matter here.");
}

using AgentDemo;

namespace LlamaFp4.Extensions.Tests.AgentDemo;

public class DemoOptionsTests
{
    [Fact]
    public void TryParse_NoArguments_RunsThePocketModel()
    {
        var parsed = DemoOptions.TryParse([], out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new DemoOptions(), options);
    }

    [Fact]
    public void TryParse_ModelAndPrompt_AreTaken()
    {
        var parsed = DemoOptions.TryParse(["--prompt", "Hello --help", "--model", "checkpoints/llama"], out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new DemoOptions(Model: "checkpoints/llama", Prompt: "Hello --help"), options);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void TryParse_Help_AsksForTheUsage(string argument)
    {
        var parsed = DemoOptions.TryParse([argument], out var options, out _);

        Assert.True(parsed);
        Assert.True(options!.Help);
    }

    [Fact]
    public void TryParse_UnknownOption_IsNamed()
    {
        var parsed = DemoOptions.TryParse(["--modle", "x"], out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal("Unknown option '--modle'. --help lists the options.", complaint);
    }

    [Theory]
    [InlineData("--model")]
    [InlineData("--prompt")]
    public void TryParse_OptionWithoutValue_IsNamed(string argument)
    {
        var parsed = DemoOptions.TryParse([argument], out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal($"{argument} needs a value. --help lists the options.", complaint);
    }
}

using AgentDemo;

namespace LlamaFp4.AgentDemo.Tests;

public class DemoOptionsTests
{
    [Fact]
    public void TryParse_NoArguments_RunsThePocketModel()
    {
        var parsed = DemoOptions.TryParse([], isInputRedirected: false, out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new DemoOptions(), options);
    }

    [Fact]
    public void TryParse_ModelAndPrompt_AreTaken()
    {
        var parsed = DemoOptions.TryParse(["--prompt", "Hello --help", "--model", "checkpoints/llama"], isInputRedirected: false, out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new DemoOptions(Model: "checkpoints/llama", Prompt: "Hello --help"), options);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void TryParse_Help_AsksForTheUsage(string argument)
    {
        var parsed = DemoOptions.TryParse([argument], isInputRedirected: false, out var options, out _);

        Assert.True(parsed);
        Assert.True(options!.Help);
    }

    [Fact]
    public void TryParse_UnknownOption_IsNamed()
    {
        var parsed = DemoOptions.TryParse(["--modle", "x"], isInputRedirected: false, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal("Unknown option '--modle'. --help lists the options.", complaint);
    }

    [Fact]
    public void TryParse_Doctor_TakesItsOptions()
    {
        string[] arguments = ["--doctor", "--json", "--endpoint", "http://b200:8000", "--tensor-parallel", "4", "--context", "32768"];

        var parsed = DemoOptions.TryParse(arguments, isInputRedirected: false, out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new DemoOptions(Doctor: true, Json: true, Endpoint: new Uri("http://b200:8000"), TensorParallelSize: 4, ContextLength: 32_768), options);
    }

    [Fact]
    public void TryParse_EndpointWithoutDoctor_IsRefused()
    {
        var parsed = DemoOptions.TryParse(["--endpoint", "http://b200:8000"], isInputRedirected: false, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal("--endpoint, --tensor-parallel and --context go with --doctor. --help lists the options.", complaint);
    }

    [Theory]
    [InlineData("--endpoint", "b200", "--endpoint cannot be 'b200': expected a URI such as http://127.0.0.1:8000.")]
    [InlineData("--tensor-parallel", "0", "--tensor-parallel cannot be '0': expected a whole number, at least 1.")]
    [InlineData("--context", "32k", "--context cannot be '32k': expected a whole number, at least 1.")]
    public void TryParse_ValueOfTheWrongKind_IsNamed(string option, string value, string expected)
    {
        var parsed = DemoOptions.TryParse([option, value], isInputRedirected: false, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal(expected, complaint);
    }

    [Fact]
    public void TryParse_Agent_IsFoundByItsName()
    {
        var parsed = DemoOptions.TryParse(["--agent", "Clerk"], isInputRedirected: false, out var options, out _);

        Assert.True(parsed);
        Assert.Equal("clerk", options!.Agent);
    }

    [Fact]
    public void TryParse_Web_TakesAPort()
    {
        var parsed = DemoOptions.TryParse(["--web", "--port", "8080"], isInputRedirected: false, out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new DemoOptions(Web: true, Port: 8080), options);
    }

    [Theory]
    [InlineData("--agent", "butler", "--agent cannot be 'butler': expected house or operations or clerk.")]
    [InlineData("--port", "70000", "--port cannot be '70000': expected a port from 1 to 65535.")]
    public void TryParse_ValueOutOfReach_IsNamed(string option, string value, string expected)
    {
        var parsed = DemoOptions.TryParse([option, value], isInputRedirected: false, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal(expected, complaint);
    }

    [Theory]
    [InlineData("--web goes with --agent, --model and --port only. --help lists the options.", "--web", "--json")]
    [InlineData("--port goes with --web. --help lists the options.", "--port", "8080")]
    [InlineData("--yes goes with --prompt or --json: in a terminal you are asked. --help lists the options.", "--yes")]
    public void TryParse_OptionsThatDoNotGoTogether_AreRefused(string expected, params string[] arguments)
    {
        var parsed = DemoOptions.TryParse(arguments, isInputRedirected: false, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal(expected, complaint);
    }

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    [InlineData(false, false, false, "--prompt", "Hello!")]
    [InlineData(true, false, false, "--json")]
    public void Without_a_question_a_person_asks_or_the_script(bool isInputRedirected, bool isTalk, bool isScript, params string[] arguments)
    {
        DemoOptions.TryParse(arguments, isInputRedirected, out var options, out _);

        Assert.Equal((isTalk, isScript), (options!.IsTalk, options.IsScript));
    }

    [Fact]
    public void TryParse_ConversationWhileTheScriptPlays_IsRefused()
    {
        var parsed = DemoOptions.TryParse(["--conversation", "talk.json"], isInputRedirected: true, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal("--conversation goes with a terminal, --prompt or --json: with redirected input the scripted conversation is played. --help lists the options.", complaint);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "--json")]
    [InlineData(true, "--prompt", "Hello!")]
    public void TryParse_ConversationWithSomebodyWhoAsks_IsKept(bool isInputRedirected, params string[] arguments)
    {
        DemoOptions.TryParse([.. arguments, "--conversation", "talk.json"], isInputRedirected, out var options, out _);

        Assert.Equal("talk.json", options!.Conversation);
    }

    [Theory]
    [InlineData("--model")]
    [InlineData("--prompt")]
    public void TryParse_OptionWithoutValue_IsNamed(string argument)
    {
        var parsed = DemoOptions.TryParse([argument], isInputRedirected: false, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal($"{argument} needs a value. --help lists the options.", complaint);
    }
}

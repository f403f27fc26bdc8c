namespace LlamaFp4.Acceptance.Tests;

public class AcceptanceOptionsTests
{
    [Fact]
    public void TryParse_EverythingGiven_IsTaken()
    {
        string[] arguments = ["--endpoint", "smg://b200:50051", "--model", "/models/405b", "--report", "b200.md", "--streams", "256", "--long-prompt", "32000"];

        var parsed = AcceptanceOptions.TryParse(arguments, out var options, out _);

        Assert.True(parsed);
        Assert.Equal(
            new AcceptanceOptions { Endpoint = new Uri("smg://b200:50051"), Model = "/models/405b", Report = "b200.md", Streams = 256, LongPromptTokens = 32_000 },
            options);
    }

    [Fact]
    public void TryParse_Nothing_RunsThePocketModel()
    {
        var parsed = AcceptanceOptions.TryParse([], out var options, out _);

        Assert.True(parsed);
        Assert.Equal(new AcceptanceOptions(), options);
    }

    [Theory]
    [InlineData("'--streams 0' is not understood. --help lists the options.", "--streams", "0")]
    [InlineData("'--endpoint b200' is not understood. --help lists the options.", "--endpoint", "b200")]
    [InlineData("'--models x' is not understood. --help lists the options.", "--models", "x")]
    [InlineData("'--model ' is not understood. --help lists the options.", "--model")]
    [InlineData("--endpoint needs --model, the checkpoint that runs there.", "--endpoint", "http://b200:8000")]
    public void TryParse_Mistake_IsNamed(string expected, params string[] arguments)
    {
        var parsed = AcceptanceOptions.TryParse(arguments, out _, out var complaint);

        Assert.False(parsed);
        Assert.Equal(expected, complaint);
    }
}

using AgentDemo.Conversations;
using AgentDemo.Terminal;
using Spectre.Console;

namespace LlamaFp4.AgentDemo.Tests;

public sealed class ScreenTests : IDisposable
{
    private static readonly ToolCall Restart = ToolCall.Of("Servers.RestartServer", ("server", "[mail]"));

    private readonly StringWriter _output = new();

    [Theory]
    [InlineData("y", true)]
    [InlineData("yes", true)]
    [InlineData("n", false)]
    [InlineData("", false)]
    public async Task A_person_is_asked_before_a_dangerous_tool(string answer, bool expected)
    {
        using var input = new StringReader(answer);

        var isAllowed = await CreateScreen(input).AllowsAsync(Restart, TestContext.Current.CancellationToken);

        Assert.Equal(expected, isAllowed);
        Assert.Contains("May I call Servers.RestartServer(server: [mail])? y/N", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_person_only_an_option_allows(bool allowsAll)
    {
        var isAllowed = await CreateScreen(null, allowsAll).AllowsAsync(Restart, TestContext.Current.CancellationToken);

        Assert.Equal(allowsAll, isAllowed);
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public void Words_cannot_steer_the_terminal()
    {
        CreateScreen(null).See(new Words("a\u001b[2Jb\n"));

        Assert.Equal("a[2Jb\n", _output.ToString());
    }

    [Fact]
    public void Questions_end_with_exit()
    {
        using var input = new StringReader("Hello!\nexit\nmore");

        Assert.Equal(["Hello!"], CreateScreen(input).Questions());
    }

    public void Dispose() => _output.Dispose();

    private Screen CreateScreen(TextReader? input, bool allowsAll = false) =>
        new(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) }), input, allowsAll);
}

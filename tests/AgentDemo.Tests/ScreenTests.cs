using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using AgentDemo.Scenarios.Operations;
using AgentDemo.Terminal;
using LlamaFp4.Tests.Shared;
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

    [Fact]
    public async Task Stopping_while_a_person_is_asked_stops_the_answer()
    {
        using var typist = new Typist();
        using var stop = new CancellationTokenSource();
        var session = ScriptedTokenSession.Saying(TinyTokenizer.Create(), """{"name": "Servers_RestartServer", "parameters": {"server": "mail-2"}}""");
        await using var services = Agents.Provide(OperationsScenario.Scenario, session);
        var asking = services.StartConversation(CreateScreen(typist)).AskAsync("Restart mail-2.", stop.Token);
        await typist.IsAwaited.WaitAsync(TestContext.Current.CancellationToken);

        await stop.CancelAsync();

        Assert.False(await asking.WaitAsync(TestContext.Current.CancellationToken));
        Assert.EndsWith($"y/N {Environment.NewLine}  stopped{Environment.NewLine}", _output.ToString(), StringComparison.Ordinal);
        typist.Type("n");
    }

    [Theory]
    [InlineData]
    [InlineData(null)] // What Windows gives for the line that the key has ended.
    public async Task What_is_typed_after_stopping_is_the_next_question(params string?[] before)
    {
        using var typist = new Typist();
        using var stop = new CancellationTokenSource();
        var screen = CreateScreen(typist);
        var asking = screen.AllowsAsync(Restart, stop.Token).AsTask();
        await typist.IsAwaited.WaitAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        foreach (var line in (string?[])[.. before ?? [null], "Hello!", "exit"])
        {
            typist.Type(line);
        }

        Assert.Equal(["Hello!"], screen.Questions());
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

using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using AgentDemo.Scenarios.Clerk;
using AgentDemo.Scenarios.House;
using AgentDemo.Scenarios.Operations;
using AgentDemo.Terminal;
using LlamaFp4.Tests.Shared;
using Spectre.Console;

namespace LlamaFp4.AgentDemo.Tests;

public sealed class ScriptedConversationTests : IDisposable
{
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Right_call_and_an_answer_pass()
    {
        var failures = await PlayAsync(
            new ScriptedTurn("Turn on the light in the kitchen.", ToolCall.Of("Lights.SwitchLight", ("room", "kitchen"), ("on", "true"))),
            """{"name": "Lights_SwitchLight", "parameters": {"room": "kitchen", "on": true}}""",
            "The kitchen light is on.");

        Assert.Empty(failures);
        Assert.Contains("You: Turn on the light in the kitchen.", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Lights.SwitchLight(room: kitchen, on: true) → The kitchen light is on.", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_call_fails_and_is_named()
    {
        var failures = await PlayAsync(
            new ScriptedTurn("Turn on the light in the kitchen.", ToolCall.Of("Lights.SwitchLight", ("room", "kitchen"), ("on", "true"))),
            "The light is on.");

        Assert.Contains("\"Turn on the light in the kitchen.\" should have called Lights.SwitchLight(room: kitchen, on: true), but called no tool.", failures);
    }

    [Fact]
    public async Task Wrong_argument_fails_and_shows_both_calls()
    {
        var failures = await PlayAsync(
            new ScriptedTurn("Dim the hall to 30 percent.", ToolCall.Of("Lights.DimLight", ("room", "hall"), ("percent", "30"))),
            """{"name": "Lights_DimLight", "parameters": {"room": "hall", "percent": 13}}""",
            "Done.");

        Assert.Contains("should have called Lights.DimLight(room: hall, percent: 30), but called Lights.DimLight(room: hall, percent: 13).", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_where_none_was_due_fails()
    {
        var failures = await PlayAsync(new ScriptedTurn("Hello!"), """{"name": "Clock_GetTime", "parameters": {}}""", "It is late.");

        Assert.Equal(["\"Hello!\" should have called no tool, but called Clock.GetTime()."], failures);
    }

    [Fact]
    public async Task Empty_answer_fails()
    {
        var failures = await PlayAsync(new ScriptedTurn("Hello!"), "");

        Assert.Equal(["\"Hello!\" was not answered."], failures);
    }

    [Fact]
    public async Task Output_without_a_terminal_has_no_control_codes()
    {
        await PlayAsync(new ScriptedTurn("What time is it?", ToolCall.Of("Clock.GetTime")), """{"name": "Clock_GetTime", "parameters": {}}""", "Late.");

        Assert.DoesNotContain('\u001b', _output.ToString());
    }

    [Fact]
    public async Task Dangerous_call_that_ran_without_being_allowed_fails()
    {
        var turn = new ScriptedTurn("Restart mail-2.") { Refused = ToolCall.Of("Servers.RestartServer", ("server", "mail-2")) };

        var failures = await PlayAsync(OperationsScenario.Scenario, turn, "I will.");

        Assert.Equal(["\"Restart mail-2.\" should have asked for Servers.RestartServer(server: mail-2), but asked for nothing."], failures);
    }

    [Fact]
    public async Task Result_that_was_not_to_be_found_fails()
    {
        var turn = new ScriptedTurn("How is mail-2?", ToolCall.Of("Servers.GetServerStatus", ("server", "mail-2"))) { Result = "healthy" };

        var failures = await PlayAsync(OperationsScenario.Scenario, turn, """{"name": "Servers_GetServerStatus", "parameters": {"server": "mail-2"}}""", "Down.");

        Assert.Equal(["\"How is mail-2?\" should have found \"healthy\", but found \"not responding\"."], failures);
    }

    [Fact]
    public async Task Form_with_a_wrong_field_fails_and_shows_both()
    {
        var turn = new ScriptedTurn("12 lamps for Anna Berg in Hamburg.") { Form = new DeliveryNote("Anna Berg", "lamp", 12, "Hamburg") };

        var failures = await PlayAsync(ClerkScenario.Scenario, turn, """{"customer": "Anna Berg", "item": "lamp", "quantity": 2, "city": "Hamburg"}""");

        Assert.StartsWith("\"12 lamps for Anna Berg in Hamburg.\" should have filled in DeliveryNote { Customer = Anna Berg", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_that_is_cut_fails()
    {
        var turn = new ScriptedTurn("12 lamps for Anna Berg in Hamburg.") { Form = new DeliveryNote("Anna Berg", "lamp", 12, "Hamburg") };

        var failures = await PlayAsync(ClerkScenario.Scenario, turn, """{"customer": "Anna Berg", "it""");

        Assert.EndsWith("but filled in nothing.", Assert.Single(failures), StringComparison.Ordinal);
    }

    public void Dispose() => _output.Dispose();

    private Task<IReadOnlyList<string>> PlayAsync(ScriptedTurn turn, params string[] answers) => PlayAsync(HouseScenario.Scenario, turn, answers);

    private async Task<IReadOnlyList<string>> PlayAsync(Scenario scenario, ScriptedTurn turn, params string[] answers)
    {
        var screen = new Screen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) }));
        await using var services = Agents.Provide(scenario, ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers));
        return await new ScriptedConversation([turn]).PlayAsync(services.StartConversation, screen, TestContext.Current.CancellationToken);
    }
}

using AgentDemo;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Spectre.Console;

namespace LlamaFp4.Extensions.Tests.AgentDemo;

public sealed class ScriptedConversationTests : IDisposable
{
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Right_call_and_an_answer_pass()
    {
        var passed = await PlayAsync(
            new ScriptedTurn("Turn on the light in the kitchen.", ToolCall.Of("Lights.SwitchLight", ("room", "kitchen"), ("on", "true"))),
            """{"name": "Lights_SwitchLight", "parameters": {"room": "kitchen", "on": true}}""",
            "The kitchen light is on.");

        Assert.True(passed, _output.ToString());
        Assert.Contains("You: Turn on the light in the kitchen.", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Lights.SwitchLight(room: kitchen, on: true) → The kitchen light is on.", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_call_fails_and_is_named()
    {
        var passed = await PlayAsync(
            new ScriptedTurn("Turn on the light in the kitchen.", ToolCall.Of("Lights.SwitchLight", ("room", "kitchen"), ("on", "true"))),
            "The light is on.");

        Assert.False(passed);
        Assert.Contains(
            "\"Turn on the light in the kitchen.\" should have called Lights.SwitchLight(room: kitchen, on: true), but called no tool.",
            _output.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_argument_fails_and_shows_both_calls()
    {
        var passed = await PlayAsync(
            new ScriptedTurn("Dim the hall to 30 percent.", ToolCall.Of("Lights.DimLight", ("room", "hall"), ("percent", "30"))),
            """{"name": "Lights_DimLight", "parameters": {"room": "hall", "percent": 13}}""",
            "Done.");

        Assert.False(passed);
        Assert.Contains(
            "should have called Lights.DimLight(room: hall, percent: 30), but called Lights.DimLight(room: hall, percent: 13).",
            _output.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_where_none_was_due_fails()
    {
        var passed = await PlayAsync(new ScriptedTurn("Hello!"), """{"name": "Clock_GetTime", "parameters": {}}""", "It is late.");

        Assert.False(passed);
        Assert.Contains("\"Hello!\" should have called no tool, but called Clock.GetTime().", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_answer_fails()
    {
        var passed = await PlayAsync(new ScriptedTurn("Hello!"), "");

        Assert.False(passed);
        Assert.Contains("\"Hello!\" was not answered.", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_without_a_terminal_has_no_control_codes()
    {
        await PlayAsync(new ScriptedTurn("What time is it?", ToolCall.Of("Clock.GetTime")), """{"name": "Clock_GetTime", "parameters": {}}""", "Late.");

        Assert.DoesNotContain('\u001b', _output.ToString());
    }

    [Fact]
    public void Default_conversation_uses_every_plugin()
    {
        var functions = ScriptedConversation.Default.Turns.SelectMany(turn => turn.ExpectedCalls).Select(call => call.Function.Split('.')[0]);

        Assert.Equal(["Clock", "Lights", "Shop", "Weather"], functions.Distinct().Order());
    }

    public void Dispose() => _output.Dispose();

    private async Task<bool> PlayAsync(ScriptedTurn turn, params string[] answers)
    {
        var screen = new Screen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) }));
        var services = new ServiceCollection();
        services.AddSingleton<ITokenSession>(ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers));
        House.AddKernel(services, model: null);
        await using var provider = services.BuildServiceProvider();
        var conversation = new Conversation(
            new HouseAgent(provider.GetRequiredService<Kernel>()), screen, provider.GetRequiredService<ToolCallFilter>());

        return await new ScriptedConversation([turn]).PlayAsync(conversation, screen, TestContext.Current.CancellationToken);
    }
}

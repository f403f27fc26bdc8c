using AgentDemo.Scenarios;
using AgentDemo.Terminal;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlamaFp4.AgentDemo.Tests;

/// <summary>The ready agents, with the real pocket model.</summary>
public class ScenarioTests
{
    public static TheoryData<string> Names => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Pocket_model_plays_the_script(string name)
    {
        using var output = new StringWriter();
        var scenario = Scenario.Find(name)!;
        var screen = new Screen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }));
        await using var services = new ServiceCollection().AddAgent(scenario, model: null).BuildServiceProvider();

        var failures = await scenario.Script.PlayAsync(services.StartConversation, screen, TestContext.Current.CancellationToken);

        Assert.True(failures.Count == 0, output.ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Script_uses_every_plugin(string name)
    {
        var scenario = Scenario.Find(name)!;
        await using var services = new ServiceCollection().AddAgent(scenario, model: null).BuildServiceProvider();

        var used = scenario.Script.Turns.SelectMany(turn => turn.Calls).Select(call => call.Function.Split('.')[0]).Distinct().Order();

        Assert.Equal(scenario.CreatePlugins(services).Select(plugin => plugin.Name).Order(), used);
    }
}

using AgentDemo;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.AgentDemo;

public class HouseAgentTests
{
    private readonly ScriptedTokenSession _session = ScriptedTokenSession.Saying(
        TinyTokenizer.Create(),
        """{"name": "Clock_GetTime", "parameters": {}}""",
        "It is late.",
        "Good night.");

    [Fact]
    public async Task History_holds_question_call_result_and_answer()
    {
        var agent = CreateAgent();

        await AskAsync(agent, "What time is it?");
        await AskAsync(agent, "Thank you!");

        var prompt = _session.PromptText(2);
        Assert.Contains("What time is it?", prompt, StringComparison.Ordinal);
        Assert.Contains("Clock_GetTime", prompt, StringComparison.Ordinal);
        Assert.Contains("It is late.", prompt, StringComparison.Ordinal);
        Assert.Contains("Thank you!", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_answer_leaves_no_half_turn_behind()
    {
        var agent = CreateAgent();

        await foreach (var _ in agent.AskAsync("What time is it?", TestContext.Current.CancellationToken))
        {
            break;
        }

        await AskAsync(agent, "Thank you!");

        Assert.DoesNotContain("What time is it?", _session.PromptText(^1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForgetOlderTurns_KeepsInstructionsAndTheLastTurn()
    {
        var agent = CreateAgent();
        await AskAsync(agent, "What time is it?");
        await AskAsync(agent, "Thank you!");

        var forgot = agent.ForgetOlderTurns();
        await AskAsync(agent, "Are you there?");

        Assert.True(forgot);
        var prompt = _session.PromptText(^1);
        Assert.Contains("You are the voice of a house.", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("What time is it?", prompt, StringComparison.Ordinal);
        Assert.Contains("Thank you!", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void ForgetOlderTurns_WithoutTurns_SaysSo() => Assert.False(CreateAgent().ForgetOlderTurns());

    private HouseAgent CreateAgent()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ITokenSession>(_session);
        House.AddKernel(services, model: null);
        return new HouseAgent(services.BuildServiceProvider().GetRequiredService<Kernel>());
    }

    private static async Task AskAsync(HouseAgent agent, string question)
    {
        await foreach (var _ in agent.AskAsync(question, TestContext.Current.CancellationToken))
        {
        }
    }
}
